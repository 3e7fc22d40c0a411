// Command elasticsearch starts a real Elasticsearch for a developer, the one
// that tests start for themselves, and ends it on Ctrl-C.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"broadsheet/services/index/elastic/estest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Fprintln(os.Stderr, "starting Elasticsearch "+estest.Version+"; the first time it is downloaded")
	n, err := estest.Open(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "elasticsearch:", err)
		os.Exit(1)
	}
	defer n.Close()
	fmt.Printf("export BROADSHEET_STORE=elastic\nexport BROADSHEET_ELASTICSEARCH_URL=%s\nexport BROADSHEET_ELASTICSEARCH_USERNAME=%s\nexport BROADSHEET_ELASTICSEARCH_PASSWORD=%s\n",
		n.URL, n.Username, n.Password)
	fmt.Fprintln(os.Stderr, "running; Ctrl-C ends it and removes its data")
	<-ctx.Done()
}
