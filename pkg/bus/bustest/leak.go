package bustest

import "go.uber.org/goleak"

// UpstreamLeak is what leak checks pass over where objects are stored. The object
// store of nats.go 1.55 makes a publisher for each object and takes it apart at
// the end; when that is faster than the publisher's goroutine starts, the
// goroutine finds its channel gone and waits for ever. Seen once in a thousand
// objects; a few kilobytes each.
func UpstreamLeak() goleak.Option {
	return goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect")
}
