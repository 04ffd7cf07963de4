// Command redigo is the least that a program does with redigo.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gomodule/redigo/redis"
)

func main() {
	pool := &redis.Pool{DialContext: func(ctx context.Context) (redis.Conn, error) {
		return redis.DialContext(ctx, "tcp", os.Args[1])
	}}
	defer pool.Close()
	conn := pool.Get()
	defer conn.Close()
	fmt.Println(redis.String(redis.DoContext(conn, context.Background(), "GET", "key")))
}
