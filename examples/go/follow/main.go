// Command follow prints every event about an article, one a line, and goes on
// where it was when it is started again: the server remembers that by the name.
//
//	go run broadsheet/examples/go/follow my-name
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"broadsheet/client"
	"broadsheet/examples/go/internal/connect"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: follow NAME")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := connect.Client(ctx, "follow")
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	err = c.Follow(ctx, client.Subscription{Durable: os.Args[1]}, func(_ context.Context, e client.Event) error {
		_, err := fmt.Println(e.StreamSequence, e.Type, e.URI())
		return err // nil: the server marks the event as handled
	})
	if err != nil {
		log.Fatal(err)
	}
}
