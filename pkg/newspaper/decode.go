package newspaper

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"broadsheet/pkg/fault"
)

// Decode reads one JSON value strictly: a field that T does not have, a second
// value behind it, or invalid UTF-8 is refused as invalid. It is for what people
// and scripts hand us; events between services are read leniently, so that an
// older reader lives with a newer writer's added fields.
func Decode[T any](data []byte) (T, error) {
	var v T
	if !utf8.Valid(data) {
		return v, fault.New(fault.Invalid, "the JSON is not valid UTF-8").Fix("send it in UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			return v, err
		}
		return v, fault.Wrap(fault.Invalid, err, "not the JSON that was expected")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return v, fault.New(fault.Invalid, "something follows the JSON value")
	}
	return v, nil
}
