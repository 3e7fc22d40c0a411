package typeset

import (
	"broadsheet/pkg/newspaper"
)

// frame is an article's place on a grid of columns.
type frame struct {
	first, columns int // of the grid
	heads          piece
	pieces         []piece // of the body, one a column
}

// grid sets n articles in frames on a grid of columns, as pages are made up, and puts
// their lines in the order of an extractor that knows of no frames: column by column
// down the whole page, or row by row, the headlines of a row before its columns. So
// bodies come apart where their columns end, anywhere in a sentence.
func (p *page) grid(n int) {
	columns, width := 3+p.r.IntN(4), p.width
	var rows [][]frame
	for n > 0 {
		var row []frame
		for at := 0; at < columns && n > 0; n-- {
			f := p.frame(at, 1+p.r.IntN(min(3, columns-at)), width)
			row, at = append(row, f), at+f.columns
		}
		rows = append(rows, row)
	}
	if p.chance(.5) {
		for _, row := range rows {
			for _, f := range row {
				p.put(f.heads)
			}
			for _, f := range row {
				p.put(f.pieces...)
			}
		}
		return
	}
	for c := range columns {
		for _, row := range rows {
			for _, f := range row {
				if c == f.first {
					p.put(f.heads)
				}
				if c >= f.first && c < f.first+len(f.pieces) {
					p.put(f.pieces[c-f.first])
				}
			}
		}
	}
}

// frame sets an article in so many columns, now and then in one as wide as all of them.
func (p *page) frame(first, columns, width int) frame {
	f := frame{first: first, columns: columns}
	p.width = width
	texts := columns
	if columns > 1 && p.chance(.15) {
		texts, p.width = 1, columns*(width+2)-2
	}
	scale := p.style.headScale
	p.style.headScale = float64(columns*width) / float64(p.width) * (.55 + .55*p.r.Float64())
	var body piece
	for _, q := range p.article(p.take()) {
		if isHead(q[0].role) {
			f.heads = append(f.heads, q...)
		} else {
			body = append(body, q...)
		}
	}
	p.style.headScale, p.width = scale, width
	height := (len(body) + texts - 1) / texts
	for at := 0; at < len(body); at += height {
		q := append(piece(nil), body[at:min(len(body), at+height)]...)
		q[0].gap = newBlock
		f.pieces = append(f.pieces, q)
	}
	if f.heads != nil {
		f.heads[0].gap = newArticle
	} else {
		f.pieces[0][0].gap = newArticle
	}
	return f
}

func isHead(role string) bool {
	return role == newspaper.Kicker || role == newspaper.Main || role == newspaper.Deck
}
