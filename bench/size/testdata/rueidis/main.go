// Command rueidis is the least that a program does with rueidis.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/redis/rueidis"
)

func main() {
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{os.Args[1]}})
	if err != nil {
		panic(err)
	}
	defer c.Close()
	fmt.Println(c.Do(context.Background(), c.B().Get().Key("key").Build()).ToString())
}
