package bus

import "time"

// WriteLetter is the first of the two steps of burying a message.
var WriteLetter = (*Bus).writeLetter

// Recent reports whether a server's version is recent enough.
var Recent = recent

// CompareClock is what an examination says of a server whose clock is that far
// ahead of ours.
func CompareClock(ahead time.Duration) []Finding {
	x := &examination{}
	x.compareClock(time.Now(), time.Now().Add(ahead))
	return x.findings
}
