package ingest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"broadsheet/pkg/fault"
)

// readPage reads a page's bytes; size is how many there should be, negative when
// nobody said. It gives up as soon as they are too many, or cannot be a page by
// their beginning, so that garbage costs neither memory nor time.
func (s *Service) readPage(body io.Reader, declared string, size int64) ([]byte, error) {
	var page bytes.Buffer
	body = io.LimitReader(body, s.o.MaxBytes+1)
	_, err := io.CopyN(&page, body, sampleSize)
	if err == nil {
		if _, err := sniff(page.Bytes(), declared); err != nil {
			return nil, err
		}
		if size < 0 { // then it grows in a buffer that need not double
			data, err := io.ReadAll(io.MultiReader(&page, body))
			return s.checked(data, err)
		}
		page.Grow(int(min(max(size-sampleSize, 0), s.o.MaxBytes)) + bytes.MinRead) // the last read, which finds the end, wants room
		_, err = page.ReadFrom(body)
	}
	return s.checked(page.Bytes(), err)
}

// checked is what was read of a page, unless reading failed or it is too large.
func (s *Service) checked(data []byte, err error) ([]byte, error) {
	if err != nil && err != io.EOF {
		return nil, unreadable(err)
	}
	if int64(len(data)) > s.o.MaxBytes {
		return nil, s.tooLarge()
	}
	return data, nil
}

// broken marks an error behind which nothing of a request can be read any more.
type broken struct{ error }

func (b broken) Unwrap() error { return b.error }

func isBroken(err error) bool { _, ok := err.(broken); return ok }

// unreadable says why a body could not be read to its end.
func unreadable(err error) error {
	var much *http.MaxBytesError
	var lost net.Error
	switch {
	case errors.As(err, &much):
		return broken{requestTooLarge(much.Limit)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return broken{fault.Wrap(fault.Unavailable, err, "the body came too slowly").On("body").Fix("send it again over a better connection")}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &lost):
		return broken{fault.Wrap(fault.Invalid, err, "the body ends before it is complete").On("body").Fix("send the whole body, as far as its Content-Length or last boundary")}
	}
	return broken{fault.Wrap(fault.Invalid, err, "the body is malformed").On("body").Fix("correct the client, or send one page with PUT")}
}

func requestTooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "the request has more than %d bytes", limit).On("body").Fix("spread the pages over several requests")
}

// steady reads a request's body as long as something comes. A sender who stops
// without hanging up gives its place back.
type steady struct {
	io.Reader
	controller *http.ResponseController
	pause      time.Duration
	end        time.Time
}

func (b *steady) Read(p []byte) (int, error) {
	deadline := time.Now().Add(b.pause)
	if b.end.Before(deadline) {
		deadline = b.end
	}
	_ = b.controller.SetReadDeadline(deadline) // a recorder of tests has none
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		_ = b.controller.SetReadDeadline(time.Time{}) // it would cancel the handler's context
	}
	return n, err
}

func (s *Service) body(w http.ResponseWriter, r *http.Request) io.Reader {
	return &steady{r.Body, http.NewResponseController(w), s.o.BodyPause, time.Now().Add(s.o.BodyTime)}
}

const (
	// drainTime bounds how long a refused body is still read.
	drainTime = 5 * time.Second
	// drainFactor bounds how much of it, in pages of the largest size.
	drainFactor = 4
)

// drain reads on what is refused, for a while and without keeping it. Many a
// client looks at the answer only when it has sent everything; hanging up on it
// would show it a broken pipe instead of the reason. One that waits to be asked
// for its body and was not (begun), or announces a huge one, is not asked. The
// connection of one that is not through by then ends with the answer; its
// deadline stays, because the server would read on without one.
func (s *Service) drain(w http.ResponseWriter, r *http.Request, begun bool) {
	most := drainFactor * s.o.MaxBytes
	if r.Body == nil || !begun && r.Header.Get("Expect") != "" || r.ContentLength > most {
		return
	}
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Now().Add(drainTime))
	if _, err := io.CopyN(io.Discard, r.Body, most); err != io.EOF {
		w.Header().Set("Connection", "close")
		return
	}
	_ = controller.SetReadDeadline(time.Time{})
}
