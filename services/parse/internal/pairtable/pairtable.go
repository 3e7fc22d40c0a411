// Package pairtable keeps a few bytes for each of many pairs of characters, in a form
// that is embedded as it is: slots of a 16-bit fingerprint and the value, found by a
// hash of the pair and probed linearly. A fingerprint of 0 is an empty slot. A pair that is
// not there is taken for another about once in ten thousand.
package pairtable

import "encoding/binary"

const printSize = 2

// Table of pairs.
type Table struct {
	slots  []byte
	prints []uint16 // of the slots, by themselves: a search stays within a few of the processor's lines
	size   int      // of a slot
}

// New reads a table whose values have so many bytes.
func New(slots []byte, value int) Table {
	t := Table{slots: slots, size: printSize + value}
	t.prints = make([]uint16, len(slots)/t.size)
	for i := range t.prints {
		t.prints[i] = binary.LittleEndian.Uint16(slots[i*t.size:])
	}
	return t
}

// Make makes an empty one with so many slots, a power of two. A quarter of them should
// stay empty.
func Make(count, value int) Table { return New(make([]byte, count*(printSize+value)), value) }

// Bytes are what New reads.
func (t *Table) Bytes() []byte { return t.slots }

// Find returns the value of a pair, nil where the table has it not.
func (t *Table) Find(a, b rune) []byte {
	h := hash(a, b)
	print, last := fingerprint(h), uint32(len(t.prints)-1)
	for i := h & last; ; i = (i + 1) & last {
		switch t.prints[i] {
		case 0:
			return nil
		case print:
			at := int(i) * t.size
			return t.slots[at+printSize : at+t.size]
		}
	}
}

// Put adds a pair.
func (t *Table) Put(a, b rune, value []byte) {
	h := hash(a, b)
	last := uint32(len(t.prints) - 1)
	i := h & last
	for t.prints[i] != 0 {
		i = (i + 1) & last
	}
	t.prints[i] = fingerprint(h)
	slot := t.slots[int(i)*t.size:]
	binary.LittleEndian.PutUint16(slot, t.prints[i])
	copy(slot[printSize:t.size], value)
}

// hash spreads a pair over 32 bits.
func hash(a, b rune) uint32 {
	h := uint64(a)<<21 | uint64(b)
	h *= 0x9E3779B97F4A7C15
	return uint32(h >> 32)
}

// fingerprint of a hash: never 0.
func fingerprint(h uint32) uint16 {
	h *= 0x85EBCA6B
	return uint16(h>>16) | 1
}
