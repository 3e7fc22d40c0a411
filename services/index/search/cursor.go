package search

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"broadsheet/pkg/fault"
)

// Position is a place in the order of a query's hits: the keys of its sort. The
// hits behind it are found by comparing, not by counting, so articles that
// arrive meanwhile move nothing.
type Position struct {
	Keys []string
}

// cursor is what a cursor carries. It belongs to one query and says so.
type cursor struct {
	Query []byte   `json:"q"`
	Keys  []string `json:"k"`
}

const (
	maxCursor = 4096
	sumLength = 8
)

// Cursor encodes the place of a hit of this query as an opaque text that is safe
// in a URL.
func (q Query) Cursor(place []string) string {
	data, _ := json.Marshal(cursor{q.Identity(), place}) // bytes and strings cannot fail
	return base64.RawURLEncoding.EncodeToString(append(sum(data), data...))
}

// decode reads a cursor of this query.
func (q Query) decode(s string) (*Position, error) {
	bad := fault.New(fault.Invalid, "cursor %s is not one that a search gave", quote(s)).
		On("cursor").Fix("take next from an earlier answer as it is, or leave it out to begin anew")
	if len(s) > maxCursor {
		return nil, bad
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(data) < sumLength || !slices.Equal(sum(data[sumLength:]), data[:sumLength]) {
		return nil, bad
	}
	var c cursor
	keys := q.Sort.Keys()
	if err := json.Unmarshal(data[sumLength:], &c); err != nil {
		return nil, bad
	}
	if !slices.Equal(c.Query, q.Identity()) {
		return nil, fault.New(fault.Invalid, "the cursor belongs to another search").
			On("cursor").Fix("repeat the search that gave it, only with the cursor added")
	}
	if len(c.Keys) != len(keys) {
		return nil, bad
	}
	for i, k := range keys {
		if k.Field == FieldScore {
			if f, err := strconv.ParseFloat(c.Keys[i], 64); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, bad
			}
		}
	}
	return &Position{c.Keys}, nil
}

// sum finds cursors that were cut or made up. It is no secret: a cursor gives
// away nothing and allows nothing.
func sum(data []byte) []byte {
	h := sha256.Sum256(append([]byte("broadsheet cursor 2\x00"), data...))
	return h[:sumLength]
}

// Identity tells queries apart, whatever page of them is asked for.
func (q Query) Identity() []byte {
	root := ""
	if q.Root != nil {
		root = q.Root.String()
	}
	data, _ := json.Marshal([]any{root, q.Exact, q.From, q.To, q.Confidence, q.Sort, q.Collapse}) // plain data cannot fail
	h := sha256.Sum256(data)
	return h[:sumLength]
}
