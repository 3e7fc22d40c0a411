package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/fault"
)

// JetStream's error codes that decide something here.
const (
	codeInsufficientResources = 10023 // the server's storage is full
	codeStorageExceeded       = 10047 // the account's storage is full
	codeWrongLastSequence     = 10071 // the guard was stale
	codeMaximumExceeded       = 10077 // the stream is full
	codeWriteInFlight         = 10164 // the guard raced with another write
	codeBatchIncomplete       = 10176 // a batch was abandoned on its way
	codeBatchTooMany          = 10199 // too many messages in a batch
	codeBatchesInFlight       = 10210 // too many batches at once
	codeMessageTooLarge       = 10054
)

// lookAtServer is what to do when a server that is there does not do its work. One
// whose disk is full neither answers nor says why, but in its log.
const lookAtServer = "it is tried again by itself; if this lasts, look into the log of nats-server: when its disk is full, make room and restart it; nothing that was acknowledged is lost"

// classify gives an error of nats.go its kind. A time-out is Unavailable and
// ambiguous: what was asked for may have happened.
func classify(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf(format, args...)
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case codeWrongLastSequence, codeWriteInFlight:
			return fault.Wrap(fault.Conflict, err, "%s: somebody else was faster", what)
		case codeMaximumExceeded, codeInsufficientResources, codeStorageExceeded:
			return fault.Wrap(fault.Full, err, "%s: storage is full", what).Fix("make room or raise the storage limit; nothing is lost meanwhile")
		case codeBatchIncomplete, codeBatchesInFlight:
			return fault.Wrap(fault.Unavailable, err, "%s: the server is busy, or its disk is full", what).Fix(lookAtServer)
		case codeBatchTooMany, codeMessageTooLarge:
			return fault.Wrap(fault.TooLarge, err, "%s: too large", what)
		}
		if api.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return fault.Wrap(fault.NotFound, err, "%s", what)
		}
		if api.Code >= 500 || api.Code == 408 || api.Code == 429 {
			return fault.Wrap(fault.Unavailable, err, "%s", what)
		}
		if api.ErrorCode == jetstream.JSErrCodeStreamNotFound || api.ErrorCode == jetstream.JSErrCodeConsumerNotFound {
			return fault.Wrap(fault.Unavailable, err, "%s: NATS is not provisioned", what).Fix("run broadsheet provision")
		}
		return fault.Wrap(fault.Internal, err, "%s", what)
	}
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound), errors.Is(err, jetstream.ErrObjectNotFound), errors.Is(err, jetstream.ErrKeyNotFound):
		return fault.Wrap(fault.NotFound, err, "%s", what)
	case errors.Is(err, nats.ErrMaxPayload):
		return fault.Wrap(fault.TooLarge, err, "%s: larger than NATS takes in one message", what)
	case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrNoResponders):
		return fault.Wrap(fault.Unavailable, err, "%s: no answer", what).Fix("run broadsheet provision if this is a new deployment")
	case errors.Is(err, nats.ErrReconnectBufExceeded): // we buffer nothing while the connection is away
		return fault.Wrap(fault.Unavailable, err, "%s: not connected to NATS", what)
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fault.Wrap(fault.Unavailable, err, "%s: no answer in time", what).Fix(lookAtServer)
	}
	// What is left comes from the connection: closed, reconnecting, timed out.
	return fault.Wrap(fault.Unavailable, err, "%s", what)
}

// unanswered reports whether err, which classify has seen, is of a server that is
// away or does not answer in time, not of one that says no.
func unanswered(err error) bool {
	var api *jetstream.APIError
	return fault.Is(err, fault.Unavailable) && !errors.As(err, &api) &&
		!errors.Is(err, jetstream.ErrNoStreamResponse) && !errors.Is(err, nats.ErrNoResponders)
}
