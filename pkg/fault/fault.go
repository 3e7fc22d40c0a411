// Package fault is the closed vocabulary of what can go wrong. A Kind decides,
// in the one table below, whether a message is retried or dead-lettered, whether
// it may trip a breaker, and which HTTP status a caller sees.
package fault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Kind classifies a failure by what can be done about it.
type Kind string

// The kinds. The set is closed: a new kind is a design decision (docs/adr/0004).
const (
	Invalid      Kind = "invalid"      // the input breaks a rule that its sender can read and keep
	Unsupported  Kind = "unsupported"  // sound input of a sort that this version does not read
	Corrupt      Kind = "corrupt"      // bytes that are not what they claim to be, or are missing
	TooLarge     Kind = "too_large"    // over a documented limit
	Conflict     Kind = "conflict"     // contradicts what is already recorded
	Unauthorized Kind = "unauthorized" // no token, or one nobody knows
	Forbidden    Kind = "forbidden"    // a known token that may not do this
	NotFound     Kind = "not_found"    // nothing recorded under that name
	Gone         Kind = "gone"         // was there and has been withdrawn
	Full         Kind = "full"         // storage has no head-room left; nothing is lost, space must be made
	Unavailable  Kind = "unavailable"  // a part we depend on is away; the input is not to blame
	Internal     Kind = "internal"     // our own mistake
)

// Fate is what a consumer does with a message whose handling failed.
type Fate int

// The fates.
const (
	DeadLetter Fate = iota // keep the reason in DEADLETTERS and go on
	Retry                  // try again with backoff, a bounded number of times, then DeadLetter
	Wait                   // stop consuming until the dependency is back; uses no attempts
)

// Policy is a row of the table.
type Policy struct {
	Fate Fate
	// Suspect marks kinds that, in a run across different pages, point at the
	// deployment rather than at the input: they count towards the breaker.
	Suspect bool
	Status  int // HTTP
}

var table = map[Kind]Policy{
	Invalid:      {DeadLetter, false, http.StatusBadRequest},
	Unsupported:  {DeadLetter, false, http.StatusUnsupportedMediaType},
	Corrupt:      {DeadLetter, true, http.StatusUnprocessableEntity},
	TooLarge:     {DeadLetter, false, http.StatusRequestEntityTooLarge},
	Conflict:     {DeadLetter, false, http.StatusConflict},
	Unauthorized: {DeadLetter, false, http.StatusUnauthorized},
	Forbidden:    {DeadLetter, false, http.StatusForbidden},
	NotFound:     {DeadLetter, false, http.StatusNotFound},
	Gone:         {DeadLetter, false, http.StatusGone},
	Full:         {Wait, false, http.StatusInsufficientStorage},
	Unavailable:  {Wait, false, http.StatusServiceUnavailable},
	Internal:     {Retry, true, http.StatusInternalServerError},
}

// Kinds lists the vocabulary in the order of its declaration.
func Kinds() []Kind {
	return []Kind{Invalid, Unsupported, Corrupt, TooLarge, Conflict, Unauthorized, Forbidden, NotFound, Gone, Full, Unavailable, Internal}
}

// Policy returns the kind's row. A kind outside the vocabulary is treated as Internal.
func (k Kind) Policy() Policy {
	if p, ok := table[k]; ok {
		return p
	}
	return table[Internal]
}

// Error is a failure that a person can act on: what is wrong with which input,
// and what to do about it. Its message never carries internals; those are in the
// wrapped cause and go to the log.
type Error struct {
	Kind    Kind
	Field   string // the input's part that is at fault, e.g. "date"; empty when it is the whole
	Message string // what is wrong, naming the input
	Remedy  string // what to do; may be empty
	Cause   error
}

// New returns an error of a kind with a formatted message.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error of a kind for a cause. The message stands before the cause.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// On names the field at fault and returns e.
func (e *Error) On(field string) *Error { e.Field = field; return e }

// Fix says what to do and returns e.
func (e *Error) Fix(format string, args ...any) *Error {
	e.Remedy = fmt.Sprintf(format, args...)
	return e
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of the outermost Error in err's chain. A cancelled or
// timed-out context is Unavailable: the work was interrupted, not refused.
// Any other error is Internal. KindOf(nil) is "".
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
