// Package pairtable keeps a few bytes for each of many pairs of characters, in a form
// that is embedded as it is: slots of a 16-bit fingerprint and the value, found by a
// hash of the pair and probed linearly. A fingerprint of 0 is an empty slot. A pair that is
// not there is taken for another about once in ten thousand.
package pairtable

const printSize = 2

// Table of pairs.
type Table struct {
	slots []byte
	size  uint32 // of a slot
	count uint32 // of slots, a power of two
}

// New reads a table whose values have so many bytes.
func New(slots []byte, value int) Table {
	size := printSize + value
	return Table{slots, uint32(size), uint32(len(slots) / size)}
}

// Make makes an empty one with so many slots, a power of two. A quarter of them should
// stay empty.
func Make(count, value int) Table { return New(make([]byte, count*(printSize+value)), value) }

// Bytes are what New reads.
func (t Table) Bytes() []byte { return t.slots }

// Find returns the value of a pair, nil where the table has it not.
func (t Table) Find(a, b rune) []byte {
	h := hash(a, b)
	print := fingerprint(h)
	for i := h; ; i++ {
		slot := t.slot(i)
		switch uint16(slot[0]) | uint16(slot[1])<<8 {
		case 0:
			return nil
		case print:
			return slot[printSize:]
		}
	}
}

// Put adds a pair.
func (t Table) Put(a, b rune, value []byte) {
	h := hash(a, b)
	i := h
	for t.slot(i)[0] != 0 || t.slot(i)[1] != 0 {
		i++
	}
	slot, print := t.slot(i), fingerprint(h)
	slot[0], slot[1] = byte(print), byte(print>>8)
	copy(slot[printSize:], value)
}

func (t Table) slot(i uint32) []byte {
	at := (i & (t.count - 1)) * t.size
	return t.slots[at : at+t.size]
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
