package newspaper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"broadsheet/pkg/fault"
)

// Decode reads one JSON value strictly: a field that T does not have, a second
// value behind it, invalid UTF-8, or half a character, which encoding/json would
// replace without a word, is refused as invalid. It is for what people
// and scripts hand us; events between services are read leniently, so that an
// older reader lives with a newer writer's added fields.
func Decode[T any](data []byte) (T, error) {
	var v T
	if !utf8.Valid(data) {
		return v, fault.New(fault.Invalid, "the JSON is not valid UTF-8").Fix("send it in UTF-8")
	}
	if half := loneSurrogate(data); half != "" {
		return v, fault.New(fault.Invalid, "%s in the JSON is half a character, without its other half", half).Fix("write the character itself, or both halves")
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

// loneSurrogate returns the first escape of a surrogate that has no partner; "":
// there is none.
func loneSurrogate(data []byte) string {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		r, ok := escaped(data[i:])
		if !ok {
			i++ // another escape, or none that is whole: the decoder says so
			continue
		}
		i += len(`uD800`)
		if !utf16.IsSurrogate(r) {
			continue
		}
		next, _ := escaped(data[i+1:])
		if utf16.DecodeRune(r, next) == unicode.ReplacementChar {
			return fmt.Sprintf(`\u%04X`, r)
		}
		i += len(`\uDC00`)
	}
	return ""
}

// escaped is the character of an escape that data begins with.
func escaped(data []byte) (rune, bool) {
	if len(data) < len(`\uD800`) || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	return rune(n), err == nil
}
