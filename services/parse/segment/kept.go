package segment

// What stays in lines: verse and lists, and what stands under a notice.

const (
	shortestVerse = 7 // lines: more than a headline with kicker and deck has of one width
	verseSpread   = 6 // half units between its longest and its shortest line
	widestVerse   = 44
)

// keepLines makes a paragraph of every run of display lines that is no headline: of
// more lines of about one width than any has. The name and the date under a notice
// become its text's.
func keepLines(blocks []*block, m *model) []*block {
	out := blocks[:0:0]
	for i := 0; i < len(blocks); {
		if n := verseLen(blocks[i:]); n >= shortestVerse {
			b := &block{kind: paraBlock, verse: true, tag: blocks[i].tag}
			for _, l := range blocks[i : i+n] {
				b.lines, b.extra, b.jumps = append(b.lines, l.lines...), append(b.extra, l.extra...), append(b.jumps, l.jumps...)
			}
			b.finish(m)
			out = append(out, b)
			i += n
			continue
		}
		if n := signedLen(blocks[i:]); n > 0 && len(out) > 0 && out[len(out)-1].kind == paraBlock && !out[len(out)-1].unfinished {
			p := out[len(out)-1]
			for _, l := range blocks[i : i+n] {
				p.tail = append(p.tail, l.lines...)
				p.extra = append(p.extra, l.extra...)
			}
			p.text, p.closed = p.joined(), true
			i += n
			continue
		}
		out = append(out, blocks[i])
		i++
	}
	return out
}

// verseLen is how many display lines from the first on are about as wide as each other.
func verseLen(blocks []*block) int {
	low, high := widestVerse, 0
	for i, b := range blocks {
		if b.kind != headBlock || b.first().width > widestVerse || b.tag != "" && i > 0 {
			return i
		}
		low, high = min(low, b.first().width), max(high, b.first().width)
		if high-low > verseSpread {
			return i
		}
	}
	return len(blocks)
}

// signedLen is how many lines sign a notice: an office's name or two and a date.
func signedLen(blocks []*block) int {
	for i, b := range blocks[:min(3, len(blocks))] {
		if b.kind != headBlock || b.first().width > widestVerse {
			return 0
		}
		if bareDate.MatchString(compact(b.plain)) {
			return i + 1
		}
		if !b.signs {
			return 0
		}
	}
	return 0
}
