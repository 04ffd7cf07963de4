// Command goredis is the least that a program does with go-redis.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/redis/go-redis/v9"
)

func main() {
	c := redis.NewClient(&redis.Options{Addr: os.Args[1]})
	defer c.Close()
	fmt.Println(c.Get(context.Background(), "key").Result())
}
