package ingest

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
)

// put takes the page that the path names.
func (s *Service) put(w http.ResponseWriter, r *http.Request) {
	u, err := s.heading(r)
	if err != nil {
		s.reject(w, r, u, false, err)
		return
	}
	release, err := s.enter(r.Context())
	if err != nil {
		s.reject(w, r, u, false, err)
		return
	}
	u.data, err = s.readPage(s.body(w, r), u.declared, r.ContentLength)
	if err != nil {
		release() // draining is no work that others should wait for
		s.reject(w, r, u, true, err)
		return
	}
	defer release()
	// A page that came whole is taken, even if its sender does not wait for the
	// receipt: asking again then gets it.
	receipt, err := s.receive(context.WithoutCancel(r.Context()), u)
	if err != nil {
		fault.Write(w, err)
		return
	}
	w.Header().Set("Location", receipt.Follow)
	answer(w, statusOf(receipt), receipt)
}

// heading reads what a PUT says before its body, and refuses what can be refused
// by that alone. It returns what it understood even then.
func (s *Service) heading(r *http.Request) (upload, error) {
	u := upload{via: "http", trace: observe.Trace(r.Header.Get(event.HeaderTrace)), declared: r.Header.Get("Content-Type")}
	who, err := s.o.Tokens.bearer(r.Header)
	if err != nil {
		return u, err
	}
	u.key, err = newspaper.NewPageKey(r.PathValue("publication"), r.PathValue("date"), r.PathValue("edition"), r.PathValue("page"))
	if err != nil {
		return u, err
	}
	if err := who.may(u.key.Publication); err != nil {
		return u, err
	}
	if u.id, u.supersede, err = uploadHeaders(r.Header); err != nil {
		return u, err
	}
	if err := checkPlain(r.Header); err != nil {
		return u, err
	}
	if _, err := parseDeclared(u.declared); err != nil {
		return u, err
	}
	if r.ContentLength > s.o.MaxBytes {
		return u, s.tooLarge()
	}
	return u, nil
}

// uploadHeaders reads what a sender says of an upload beside its type. The
// getter has HTTP's or a multipart part's header.
func uploadHeaders(h interface{ Get(string) string }) (id string, supersede bool, err error) {
	field := event.HeaderUploadID
	id = h.Get(field)
	if id == "" {
		// The draft of the IETF makes it a quoted string; many leave out the quotes.
		field = "Idempotency-Key"
		id = strings.Trim(h.Get(field), `"`)
	}
	if id == "" {
		id = newUploadID()
	}
	if err := checkUploadID(field, id); err != nil {
		return "", false, err
	}
	supersede, err = parseSupersede(event.HeaderSupersede, h.Get(event.HeaderSupersede))
	return id, supersede, err
}

// checkPlain refuses a body that is not the page as it is: its bytes would be
// kept for the page's.
func checkPlain(h http.Header) error {
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fault.New(fault.Unsupported, "the body is packed as %q, which is not taken", encoding).On("Content-Encoding").Fix("send the page's bytes as they are")
	}
	if h.Get("Content-Range") != "" {
		return fault.New(fault.Invalid, "a part of a page is not taken").On("Content-Range").Fix("send the whole page in one request")
	}
	return nil
}

// putNowhere explains what is wrong with a path that has not the four parts of a
// page key.
func (s *Service) putNowhere(w http.ResponseWriter, r *http.Request) {
	u := upload{via: "http"}
	if _, err := s.o.Tokens.bearer(r.Header); err != nil {
		s.reject(w, r, u, false, err)
		return
	}
	_, err := newspaper.ParsePageKey(r.PathValue("rest"))
	if err == nil { // its slashes were escaped
		err = fault.New(fault.Invalid, "the slashes of the page key are escaped in the path").
			On("key").Fix("write the path as /v1/pages/%s", r.PathValue("rest"))
	}
	s.reject(w, r, u, false, err)
}

// enter waits for one of the places in which requests are worked on. A request
// that finds too many waiting, or waits too long, is told to come back later: it
// has not been read and costs nothing.
func (s *Service) enter(ctx context.Context) (release func(), err error) {
	release = func() { <-s.slots }
	select {
	case s.slots <- struct{}{}:
		return release, nil
	default:
	}
	busy := fault.New(fault.Unavailable, "too many uploads at once").Fix("send fewer side by side, or try again in a while")
	if s.waiting.Add(1) > int64(s.o.Queue) {
		s.waiting.Add(-1)
		return nil, busy
	}
	defer s.waiting.Add(-1)
	patience := time.NewTimer(s.o.QueueWait)
	defer patience.Stop()
	select {
	case s.slots <- struct{}{}:
		return release, nil
	case <-patience.C:
		return nil, busy
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "the sender went away")
	}
}

// reject answers a request whose upload was not even looked at, logs and counts
// it. begun: some of its body was read.
func (s *Service) reject(w http.ResponseWriter, r *http.Request, u upload, begun bool, err error) {
	log := s.log.With(zap.String("path", r.URL.Path), zap.String("via", u.via), zap.String("remote", r.RemoteAddr), zap.String("trace", u.trace))
	s.refused(log, u.via, err)
	if isBroken(err) {
		w.Header().Set("Connection", "close")
	} else {
		s.drain(w, r, begun)
	}
	fault.Write(w, err)
}

// statusOf is the HTTP status of a receipt.
func statusOf(receipt newspaper.Receipt) int {
	if receipt.Duplicate {
		return http.StatusOK
	}
	return http.StatusCreated
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever went away asks again
}
