// Command redpoll is the least that a program does with redpoll.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/redpoll-go/redpoll"
)

func main() {
	c, err := redpoll.New(redpoll.Options{Addr: os.Args[1]})
	if err != nil {
		panic(err)
	}
	defer c.Close()
	fmt.Println(c.Get(context.Background(), "key"))
}
