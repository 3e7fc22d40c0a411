// Package event is the contract between services: the CloudEvents envelope, the
// event types with their data, the subjects they travel on, and the table of
// streams that keep them.
package event

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"broadsheet/pkg/fault"
)

// ContentType is the media type of an event on the wire: CloudEvents 1.0 in
// structured JSON mode. It travels in the header Content-Type.
const ContentType = "application/cloudevents+json"

// Type names what happened, with its major version. A change that an older
// reader could not live with is a new type.
type Type string

// The event types and the data they carry.
const (
	PageReceived     Type = "broadsheet.page.received.v1"       // newspaper.Page
	PageParsed       Type = "broadsheet.page.parsed.v1"         // newspaper.Manifest
	ArticleParsed    Type = "broadsheet.article.parsed.v1"      // newspaper.Article
	ArticleWithdrawn Type = "broadsheet.article.withdrawn.v1"   // newspaper.Article, canceled
	ArticleIndexed   Type = "broadsheet.article.indexed.v1"     // Indexed
	IssueAnnounced   Type = "broadsheet.issue.announced.v1"     // newspaper.Announcement
	IssueCompleted   Type = "broadsheet.issue.completed.v1"     // newspaper.CompletedIssue
	CommandGiven     Type = "broadsheet.command.v1"             // Command
	LetterWritten    Type = "broadsheet.deadletter.written.v1"  // Letter
	LetterResolved   Type = "broadsheet.deadletter.resolved.v1" // Letter with its Resolution
	Audited          Type = "broadsheet.audit.v1"               // Audit
)

// Event is a CloudEvent. Source, ID and Subject follow the specification;
// Subject is the page key, the issue or the article's uri.
type Event struct {
	ID      string    // unique for its source
	Source  string    // /broadsheet/<service>
	Type    Type      //
	Subject string    // page key, issue or article uri; may be empty
	Time    time.Time // UTC, when it happened; may be zero
	// Sequence is the CloudEvents extension "sequence": the version of the commit
	// the event belongs to, in microseconds since 1970. It grows for each page,
	// also over a restored or recreated stream, which a stream sequence does not.
	// Zero when the event belongs to no commit.
	Sequence   int64
	Data       json.RawMessage            // JSON
	Extensions map[string]json.RawMessage // other attributes, kept as they came
}

// Source is the source attribute of a service's events.
func Source(service string) string { return "/broadsheet/" + service }

// New returns an event with data as its JSON.
func New(t Type, service, id, subject string, at time.Time, data any) (Event, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Event{}, fmt.Errorf("data of %s: %w", t, err)
	}
	return Event{ID: id, Source: Source(service), Type: t, Subject: subject, Time: at.UTC(), Data: raw}, nil
}

// sequenceDigits pads the sequence so that it also sorts as a string, as the
// extension's definition asks.
const sequenceDigits = 20

// own attributes, which an extension can't be named.
var attributes = []string{"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data", "data_base64", "sequence"}

// MarshalJSON writes the structured mode.
func (e Event) MarshalJSON() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	out := maps.Clone(e.Extensions)
	if out == nil {
		out = make(map[string]json.RawMessage, 9)
	}
	set := func(name string, v any) { out[name], _ = json.Marshal(v) } // strings cannot fail
	set("specversion", "1.0")
	set("id", e.ID)
	set("source", e.Source)
	set("type", e.Type)
	if e.Subject != "" {
		set("subject", e.Subject)
	}
	if !e.Time.IsZero() {
		set("time", e.Time.UTC().Format(time.RFC3339Nano))
	}
	if e.Sequence > 0 {
		set("sequence", fmt.Sprintf("%0*d", sequenceDigits, e.Sequence))
	}
	if e.Data != nil {
		set("datacontenttype", "application/json")
		out["data"] = e.Data
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the structured mode. Every error is of kind corrupt.
func (e *Event) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil || raw == nil {
		return fault.Wrap(fault.Corrupt, err, "not a CloudEvent: no JSON object")
	}
	var spec, at, sequence, contentType string
	out := Event{}
	for name, into := range map[string]*string{
		"specversion": &spec, "id": &out.ID, "source": &out.Source, "type": (*string)(&out.Type),
		"subject": &out.Subject, "time": &at, "sequence": &sequence, "datacontenttype": &contentType,
	} {
		if v, ok := raw[name]; ok && string(v) != "null" {
			if err := json.Unmarshal(v, into); err != nil {
				return fault.Wrap(fault.Corrupt, err, "not a CloudEvent: attribute %s is no string", name)
			}
		}
	}
	if spec != "1.0" {
		return fault.New(fault.Corrupt, "not a CloudEvent that can be read: specversion is %q, not \"1.0\"", spec)
	}
	if at != "" {
		t, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			return fault.Wrap(fault.Corrupt, err, "not a CloudEvent: time")
		}
		out.Time = t.UTC()
	}
	if sequence != "" {
		n, err := strconv.ParseInt(sequence, 10, 64)
		if err != nil || n <= 0 {
			return fault.New(fault.Corrupt, "not an event of ours: sequence %q is no positive number", sequence)
		}
		out.Sequence = n
	}
	if _, ok := raw["data_base64"]; ok || contentType != "" && !isJSON(contentType) {
		return fault.New(fault.Corrupt, "event %s carries data that is not JSON (%s)", out.ID, contentType)
	}
	if d, ok := raw["data"]; ok && string(d) != "null" {
		out.Data = d
	}
	for _, name := range attributes {
		delete(raw, name)
	}
	if len(raw) > 0 {
		out.Extensions = raw
	}
	if err := out.check(); err != nil {
		return err
	}
	*e = out
	return nil
}

func isJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

func (e *Event) check() error {
	for name, v := range map[string]string{"id": e.ID, "source": e.Source, "type": string(e.Type)} {
		if v == "" {
			return fault.New(fault.Corrupt, "not a CloudEvent: %s is missing", name)
		}
		if !utf8.ValidString(v) {
			return fault.New(fault.Corrupt, "not a CloudEvent: %s is not valid UTF-8", name)
		}
	}
	if e.Data != nil && !json.Valid(e.Data) {
		return fault.New(fault.Corrupt, "event %s carries data that is not JSON", e.ID)
	}
	for name := range e.Extensions {
		if !validName(name) || slices.Contains(attributes, name) {
			return fault.New(fault.Corrupt, "%q is no name for a CloudEvents extension", name)
		}
	}
	return nil
}

func validName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// Decode reads an event from the wire.
func Decode(data []byte) (Event, error) {
	var e Event
	err := e.UnmarshalJSON(data)
	return e, err
}

// DataAs reads the event's data, which must be of type want. Fields that T does
// not know are passed over: the writer may be newer.
func DataAs[T any](e Event, want Type) (T, error) {
	var v T
	if e.Type != want {
		return v, fault.New(fault.Unsupported, "event %s is a %s, not a %s", e.ID, e.Type, want)
	}
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return v, fault.Wrap(fault.Corrupt, err, "data of event %s", e.ID)
	}
	return v, nil
}
