// Command natsd is a bare nats-server for tests: the real server of the
// all-in-one, alone in a process that can be killed. It prints its address once
// it is ready and ends with its standard input, so that it never outlives the
// test that started it.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	store := flag.String("store", "", "directory of the JetStream store")
	port := flag.Int("port", -1, "port on 127.0.0.1; -1: any")
	config := flag.String("config", "", "configuration file, whose store, address and ports are set aside")
	flag.Parse()
	options := &server.Options{ServerName: "natsd", SyncAlways: true, MaxPayload: 8 << 20}
	if *config != "" {
		var err error
		if options, err = server.ProcessConfigFile(*config); err != nil {
			log.Fatal(err)
		}
	}
	options.Host, options.Port, options.HTTPPort = "127.0.0.1", *port, 0
	options.JetStream, options.StoreDir = true, *store
	options.NoSigs, options.NoLog = true, true
	s, err := server.NewServer(options)
	if err != nil {
		log.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		log.Fatal("the server is not ready after 20 s")
	}
	fmt.Println(s.ClientURL())
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.Shutdown()
	s.WaitForShutdown()
}
