package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"broadsheet/client"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// answerRead is how much of an answer is read: enough to use the connection again.
const answerRead = 64 << 10

// post makes one attempt. An error is fault.Gone when the endpoint wants nothing
// more, fault.Unavailable or fault.Invalid when it did not take this; again is how
// long it asks us to wait.
func (h *hook) post(ctx context.Context, e client.Event) (again time.Duration, err error) {
	select {
	case h.requests <- struct{}{}:
		defer func() { <-h.requests }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	body, err := json.Marshal(e.Event)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, err, "event %s", e.ID)
	}
	// What has been begun is finished: a request that is cut off may have been
	// taken, and would only come twice.
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return 0, fault.Wrap(fault.Internal, err, "request")
	}
	if err := h.sign(request.Header, e, body, time.Now()); err != nil {
		return 0, err
	}
	answer, err := h.http.Do(request)
	if err != nil {
		return 0, unreached(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, answerRead)
	return retryAfter(answer, time.Now()), refusal(answer)
}

// sign sets the headers of a delivery.
func (h *hook) sign(header http.Header, e client.Event, body []byte, at time.Time) error {
	id := deliveryID(e)
	signature, err := h.Secrets.sign(id, at, body)
	if err != nil {
		return err
	}
	header.Set("Content-Type", event.ContentType)
	header.Set("User-Agent", "broadsheet-webhook")
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	header.Set("webhook-signature", signature)
	return nil
}

// deliveryID is the same for every delivery of an event, and of no other.
func deliveryID(e client.Event) string {
	sum := sha256.Sum256([]byte(e.Source + "\x00" + e.ID))
	return "evt_" + hex.EncodeToString(sum[:16])
}

// unreached says why there was no answer, without the address: it may be secret.
func unreached(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return fault.Wrap(fault.Unavailable, u.Err, "the endpoint did not answer in time").Fix("make it answer first and work afterwards, or give it more time with --timeout")
		}
		err = u.Err
	}
	return fault.Wrap(fault.Unavailable, err, "the endpoint cannot be reached").Fix("start it, or correct --url")
}

// refusal is what an answer means; nil: taken.
func refusal(answer *http.Response) error {
	status := answer.Status
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusGone:
		return fault.New(fault.Gone, "the endpoint wants no more events (%s)", status).On("url").
			Fix("if that is a mistake, mend the endpoint and start the webhook again: it goes on where it was")
	case code >= 300 && code < 400:
		return fault.New(fault.Invalid, "the endpoint answers with a redirect (%s), which is not followed", status).On("url").Fix("give --url the address that it redirects to")
	case code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout:
		return fault.New(fault.Unavailable, "the endpoint answers %s", status).Fix("its log says why")
	}
	return fault.New(fault.Invalid, "the endpoint answers %s", status).Fix("its log says why; with 401 or 403 compare the secrets of both sides")
}

// retryAfter is the wait that an answer asks for.
func retryAfter(answer *http.Response, now time.Time) time.Duration {
	text := answer.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 86400)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
