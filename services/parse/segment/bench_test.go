package segment_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"broadsheet/services/parse/document"
	"broadsheet/services/parse/segment"
	"broadsheet/services/parse/typeset"
)

// pageOf is the text of so many invented pages in one.
func pageOf(pages int) string {
	var b strings.Builder
	style, _ := typeset.StyleNamed("seed")
	for _, c := range typeset.Pages(typeset.Invent(600, 1), style, pages, 1) {
		b.Write(c.Text)
	}
	return b.String()
}

// processorTime is what this process has used: other processes on the machine do
// not count.
func processorTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkSegment is the bar of speed: 2,000,000 characters a second on one core,
// and the same for 64 pages in one as for one. See make bench-parse.
func BenchmarkSegment(b *testing.B) {
	s := segment.New()
	for _, size := range []int{1, 4, 16, 64} {
		text := pageOf(size)
		lines := document.Lines(text)
		characters := utf8.RuneCountInString(text)
		b.Run(fmt.Sprintf("pages=%d", size), func(b *testing.B) {
			b.ReportAllocs()
			began := processorTime()
			for b.Loop() {
				s.Segment(lines, segment.Options{})
			}
			used := processorTime() - began
			b.ReportMetric(float64(characters)*float64(b.N)/used.Seconds(), "chars/cpu-s")
		})
	}
}
