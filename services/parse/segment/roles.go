package segment

import "strings"

// The first decision: which lines are body text, where paragraphs begin, which
// lines are display type. A paragraph is set in a column of some width; all its
// lines but the last fill the column, the first is two cells short where the
// extractor lost the indent, and the last ends with a final mark. Display lines
// have any width and little punctuation. The sequence of roles that fits best is
// a path through states of role and column width; what speaks for a step are the
// features of this file.

type role uint8

const (
	head role = iota // display type: kicker, main, deck, subhead, or what we don't know
	para             // first line of a paragraph
	cont             // any further line of one
	roleCount
)

// unboundedWidth stands for text that is not wrapped at all.
const unboundedWidth = 400

// Features of the first model, by block.
var (
	lineSpace space

	fHeadWidth   = lineSpace.block("head.width", 9)                 // how long the line is
	fHeadEnd     = lineSpace.block("head.end", endClasses)          // what it ends with
	fHeadCommas  = lineSpace.block("head.commas", 4)                // commas and stops inside
	fHeadOpening = lineSpace.block("head.opening", 3)               // 本报讯, 近日
	fHeadMarks   = lineSpace.block("head.marks", 9)                 // see headMarks
	fHeadUp      = lineSpace.block("head.junction.up", breakBins)   // goes on from the line before
	fHeadDown    = lineSpace.block("head.junction.down", breakBins) // the next goes on from it
	fHeadAlike   = lineSpace.block("head.after.head", 6)            // its width and that of the head before
	fHeadJoins   = lineSpace.block("head.joins.head", 6)            // junction of two heads
	fHeadOnPeak  = lineSpace.block("head.on.peak", 3)               // its width is a column's
	fHeadBetween = lineSpace.block("head.between", 7*6)             // the next line goes on from the lines before this one × this one does
	fHeadOdd     = lineSpace.block("head.odd", 2*2*5)               // the line before ends a sentence × the lines around it are of one width × its width beside theirs
	fHeadClause  = lineSpace.block("head.clause", clausePairs)      // it begins as clauses do × it ends so
	fHeadRecurs  = lineSpace.block("head.recurs", recurBins)        // how much of it comes again on the page
	fHeadTells   = lineSpace.block("head.tells", tellsBins)         // and right under it
	fRoleFirst   = lineSpace.block("page.first", int(roleCount))    // the page begins so
	fRoleGap     = lineSpace.block("gap.above", 3*3*3)              // mode × less, usual, more × role
	fRoleBelow   = lineSpace.block("gap.below", 3*3*3)              // the same of the blank lines under it
	fRoleIndent  = lineSpace.block("indent", 2*2*3)                 // page indents × line has one × role
	fPicture     = lineSpace.block("picture", 2*3)                  // begins or ends as a caption does × role
	fAfterByline = lineSpace.block("after.byline", 3)               // a byline stands over it × role
	fAfterPhoto  = lineSpace.block("after.credit", 3)               // the line over it ends a caption × role
	fParaOpening = lineSpace.block("para.opening", 3)
	fParaHanging = lineSpace.block("para.hanging", 1)
	fParaStart   = lineSpace.block("para.junction", breakBins)
	fParaOpens   = lineSpace.block("para.clause", clauseBins)
	fContOpening = lineSpace.block("cont.opening", 4) // by opening; a dateline
	fContHanging = lineSpace.block("cont.hanging", 1)
	fContJoins   = lineSpace.block("cont.junction", breakBins)
	fContPause   = lineSpace.block("cont.after.pause", 1)
	fContClause  = lineSpace.block("cont.clause", clausePairs) // the line before ends as clauses do × this one begins so
	fTextCommas  = lineSpace.block("text.commas", 4)
	fFull        = lineSpace.block("full", fullBins)       // a line that goes on, and its column
	fFullFirst   = lineSpace.block("full.first", fullBins) // the same for a first line
	fFullSpread  = lineSpace.block("full.spread", 1)
	fFullEnd     = lineSpace.block("full.end", endClasses)
	fFullOpen    = lineSpace.block("full.unbounded", 1)
	fLast        = lineSpace.block("last", closeBins*endClasses) // how much of the column a last line fills × its end
	fLastFirst   = lineSpace.block("last.first", closeBins)      // a paragraph of one line
	fLastOpen    = lineSpace.block("last.unbounded", endClasses)
	fStep        = lineSpace.block("step", 8)             // goes on, para after para, head after body, para after head, head after head, body resumed after head; both after a head that ends with a comma
	fResumes     = lineSpace.block("resumed.junction", 7) // of a body line after display type, to a body line before it
	fResumesIs   = lineSpace.block("resumed.is", 3)
	fResumesOver = lineSpace.block("resumed.over", 7*6) // the same × junction to the display line
	fSameWidth   = lineSpace.block("width.same", 2)
	fOtherWidth  = lineSpace.block("width.other", 2*7) // after body, after head × share of the new column
)

const (
	stepGoesOn = iota
	stepParaAfterBody
	stepHeadAfterBody
	stepParaAfterHead
	stepHeadAfterHead
	stepResumed
	stepParaAfterOpenHead
	stepResumedAfterOpenHead
)

// outOfHead are the steps from a display line to a paragraph and to a body that it stands
// in: what a comma ends is not yet a headline's end.
func outOfHead(before *line) (toPara, resumed feature) {
	if before.pauses {
		return fStep + stepParaAfterOpenHead, fStep + stepResumedAfterOpenHead
	}
	return fStep + stepParaAfterHead, fStep + stepResumed
}

// endClass says what a line ends with.
const (
	endsNot      = iota
	endsStop     // 。
	endsAsk      // ？！: headlines end so as well
	endsCry      // …, or such a mark in quotes
	endsColon    // ：
	endsBracket  // ）
	endsPause    // ，、；
	endsQuote    // ”
	endsParticle // 的 了 和 在: a headline hardly ends so
	endClasses
)

func endOf(l *line) int {
	switch last := lastRune(l.text); {
	case last == '。':
		return endsStop
	case askSet.has(last):
		return endsAsk
	case l.ends:
		return endsCry
	case last == '：' || last == ':':
		return endsColon
	case last == '）' || last == ')':
		return endsBracket
	case l.pauses:
		return endsPause
	case quoteEndSet.has(last):
		return endsQuote
	case particleSet.has(last):
		return endsParticle
	}
	return endsNot
}

const fullBins = 18

// fullBin sorts by how many half units a line that goes on misses its column.
func fullBin(missing int) feature {
	switch {
	case missing < -4:
		return 0
	case missing < -2:
		return 1
	case missing < 0:
		return 2
	case missing <= 8:
		return feature(3 + missing)
	case missing <= 10:
		return 12
	case missing <= 14:
		return 13
	case missing <= 20:
		return 14
	case missing <= 30:
		return 15
	case missing <= 50:
		return 16
	}
	return 17
}

const closeBins = 6

// closeBin sorts by how much of its column a last line fills.
func closeBin(missing, column int) feature {
	switch {
	case missing < -3:
		return 0
	case missing <= 1:
		return 1
	case missing <= 4:
		return 2
	case missing*10 <= column*4:
		return 3
	case missing*10 <= column*7:
		return 4
	}
	return 5
}

// joinBin sorts a junction's score: what the pair of characters at a line break
// says.
func joinBin(score float64) feature {
	switch {
	case score <= -1.1:
		return 0 // never seen together
	case score < -0.3:
		return 1
	case score <= 0.3:
		return 2 // says nothing, or a mark or digit is there
	case score < 1.5:
		return 3
	case score < 3:
		return 4
	}
	return 5
}

func widthBin(w int) feature {
	for i, limit := range [...]int{8, 14, 20, 26, 32, 38, 48, 64} {
		if w <= limit {
			return feature(i)
		}
	}
	return 8
}

// gapBin sorts blank lines beside a line by what is usual on the page.
func (m *model) gapBin(gap int, r role) feature {
	is := 1
	if gap < m.usualGap {
		is = 0
	} else if gap > m.usualGap {
		is = 2
	}
	return feature((m.gapMode*3+is)*3 + int(r))
}

// common are the features of any role.
func (m *model) common(dst []feature, before, l, next *line, r role) []feature {
	if before == nil {
		dst = append(dst, fRoleFirst+feature(r))
	} else {
		dst = append(dst, fRoleGap+m.gapBin(l.gap, r))
	}
	if before != nil && before.kind == byline {
		dst = append(dst, fAfterByline+feature(r))
	}
	if before != nil && before.credited {
		dst = append(dst, fAfterPhoto+feature(r))
	}
	below := m.usualGap + 1
	if next != nil {
		below = next.gap
	}
	dst = append(dst, fRoleBelow+m.gapBin(below, r))
	indent := 0
	if m.indented {
		indent += 2
	}
	if l.indent >= 2 || !m.indented && l.indent > 0 {
		indent++
	}
	if l.picture {
		dst = append(dst, fPicture+feature(r))
	}
	if l.credited {
		dst = append(dst, fPicture+3+feature(r))
	}
	return append(dst, fRoleIndent+feature(indent*3+int(r)))
}

// headFeatures speak for or against a line being display type.
func (m *model) headFeatures(dst []feature, before, l, next *line) []feature {
	dst = append(m.common(dst, before, l, next, head),
		fHeadWidth+widthBin(l.width), fHeadEnd+feature(l.end), fHeadCommas+feature(min(l.commas, 3)), fHeadOpening+feature(l.opening), fHeadClause+l.opens*clauseBins+l.closes)
	dst = headMarks(dst, l)
	if before != nil {
		dst = append(dst, fHeadUp+l.breakBin())
	}
	if next != nil {
		dst = append(dst, fHeadDown+next.breakBin())
	}
	if before != nil && next != nil {
		dst = append(dst, fHeadBetween+rejoinBin(next)*6+joinBin(l.joins), fHeadOdd+oddBin(before, l, next))
	}
	return append(dst, fHeadOnPeak+m.peakOf(l.width), fHeadRecurs+l.recurs, fHeadTells+l.tells)
}

var (
	askSet      = newRuneSet("？！?!")
	markSet     = newRuneSet("—■●◆▲□★【◎")
	goingOnSet  = newRuneSet("的了和与及是并而但也还就都把被让则")
	noticeLast  = newRuneSet("告事明知示书信") // 停电通知, 遗失声明
	quoteEndSet = newRuneSet("”」』》")
)

var noticeName = endings(words("公告|通告|启事|声明|通知|讣告|公示|倡议书|公开信|一封信"))

// quoteTrait are the quotes and brackets that are opened and closed.
var quoteTrait = lineTraits.set("“”‘’（）《》「」『』【】")

// headMarks are signs that a line carries.
func headMarks(dst []feature, l *line) []feature {
	first := firstRune(l.text)
	for i, is := range [...]bool{
		l.hanging,
		markSet.has(first),
		strings.Contains(l.text, " ") && !l.spread,
		l.has&quoteTrait != 0 && (unclosed(l.text) || unopened(l.text)),
		goingOnSet.has(first),
		l.spread,
		l.width > 84,
		isDigit(first),
		noticeLast.has(lastRune(l.plain)) && l.width <= 44 && noticeName.match(l.plain),
	} {
		if is {
			dst = append(dst, fHeadMarks+feature(i))
		}
	}
	return dst
}

// paraFeatures speak for or against a line being the first of a paragraph.
func (m *model) paraFeatures(dst []feature, before, l, next *line) []feature {
	dst = append(m.common(dst, before, l, next, para), fParaOpening+feature(l.opening), fTextCommas+feature(min(l.commas, 3)), fParaOpens+l.opens)
	if l.hanging {
		dst = append(dst, fParaHanging)
	}
	if before != nil {
		dst = append(dst, fParaStart+l.breakBin())
	}
	return dst
}

// contFeatures speak for or against a line going on from the one before.
func (m *model) contFeatures(dst []feature, before, l, next *line) []feature {
	dst = append(m.common(dst, before, l, next, cont), fContOpening+l.opensText(), fTextCommas+feature(min(l.commas, 3)), fContJoins+l.breakBin(), fContClause+before.closes*clauseBins+l.opens)
	if l.hanging {
		dst = append(dst, fContHanging)
	}
	if before.pauses {
		dst = append(dst, fContPause)
	}
	return dst
}

// resumeFeatures speak for or against a line going on with the paragraph that
// stands before the display lines over it.
func (m *model) resumeFeatures(dst []feature, before, l, next *line) []feature {
	dst = append(m.common(dst, before, l, next, cont), fContOpening+l.opensText(), fTextCommas+feature(min(l.commas, 3)))
	join := rejoinBin(l)
	dst = append(dst, fResumes+join, fResumesOver+join*6+joinBin(l.joins))
	for k, is := range [...]bool{l.hanging, l.joins > 0.3, before.ends} {
		if is {
			dst = append(dst, fResumesIs+feature(k))
		}
	}
	return dst
}

// breakBin sorts how a line goes on from the one before.
func (l *line) breakBin() feature { return joinBin(l.joins) + 6*yes(l.known) }

// rejoinBin sorts how well a line goes on from a line farther up than the one before
// it; 6 when there is none that it may go on from.
func rejoinBin(l *line) feature {
	if l.rejoins > -2 {
		return joinBin(l.rejoins)
	}
	return 6
}

// oddBin compares a line's width with the lines before and after it: display type in
// the middle of a text differs from the text's column.
func oddBin(before, l, next *line) feature {
	bin := feature(4)
	for i, limit := range [...]int{-9, -5, -3, 2} {
		if l.width-max(before.width, next.width) <= limit {
			bin = feature(i)
			break
		}
	}
	if d := before.width - next.width; d >= -2 && d <= 2 {
		bin += 5
	}
	if before.ends {
		bin += 10
	}
	return bin
}

// alikeFeatures compare a head with the head before it.
func alikeFeatures(dst []feature, before, l *line) []feature {
	return append(dst, fHeadAlike+alikeBin(before, l), fHeadJoins+joinBin(l.joins))
}

// opensText is how a line opens, as lines that go on seldom do.
func (l *line) opensText() feature {
	if l.dispatch {
		return 3
	}
	return feature(l.opening)
}

// alikeBin compares two lines' widths: the lines of a wrapped headline are about as
// long as each other.
func alikeBin(before, l *line) feature {
	switch d := before.width - l.width; {
	case d == 0:
		return 0
	case d >= -2 && d <= 2:
		return 1
	case d > 2 && d <= 8:
		return 2
	case d >= -8 && d < 0:
		return 3
	case d > 8:
		return 4
	}
	return 5
}

// fullFeatures compare a line that goes on with its column.
func fullFeatures(dst []feature, l *line, column int, first bool) []feature {
	dst = append(dst, fFullEnd+feature(l.end))
	switch {
	case column == unboundedWidth:
		return append(dst, fFullOpen)
	case l.spread:
		return append(dst, fFullSpread)
	case first:
		return append(dst, fFullFirst+fullBin(column-l.width))
	}
	return append(dst, fFull+fullBin(column-l.width))
}

// lastFeatures compare the last line of a paragraph with its column.
func lastFeatures(dst []feature, l *line, column int, first bool) []feature {
	end := feature(l.end)
	if column == unboundedWidth {
		return append(dst, fLastOpen+end)
	}
	bin := closeBin(column-l.width, column)
	dst = append(dst, fLast+bin*endClasses+end)
	if first {
		dst = append(dst, fLastFirst+bin)
	}
	return dst
}
