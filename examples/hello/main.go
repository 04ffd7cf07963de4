// Hello is the program that the README shows.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/redpoll-go/redpoll"
)

func main() {
	if err := run(context.Background(), "redis://localhost:6379/0"); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string) error {
	rdb, err := redpoll.Open(url) // no I/O yet: it connects at the first command
	if err != nil {
		return err
	}
	defer rdb.Close()

	// With NX it is set only if it does not exist. It lives for a minute.
	err = rdb.Set(ctx, "greeting", "hello", redpoll.NX, redpoll.EX(time.Minute))
	if err != nil && !errors.Is(err, redpoll.Nil) {
		return err
	}
	greeting, err := rdb.Get(ctx, "greeting") // redpoll.Nil if it is missing
	if err != nil {
		return err
	}
	visits, err := rdb.Incr(ctx, "visits")
	if err != nil {
		return err
	}
	fmt.Printf("%s, visitor %d\n", greeting, visits)
	return nil
}
