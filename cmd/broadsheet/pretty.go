package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"broadsheet/pkg/newspaper"
)

// printable keeps control characters of a page from reaching a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}

func prettyArticle(w io.Writer, a *newspaper.Article) {
	_, _ = fmt.Fprintf(w, "%d. ", a.Print.Position)
	if len(a.Headlines) == 0 {
		_, _ = fmt.Fprint(w, "(no headline)")
	}
	for i, h := range a.Headlines {
		if i > 0 {
			_, _ = fmt.Fprint(w, "\n   ")
		}
		_, _ = fmt.Fprint(w, printable(h.Value))
		if h.Role != newspaper.Main {
			_, _ = fmt.Fprintf(w, " [%s]", h.Role)
		}
	}
	_, _ = fmt.Fprintf(w, "\n   lines %s, confidence %.2f\n", ranges(a.Print.Lines), a.Print.Confidence)
	line := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(w, "   %s: %s\n", name, printable(value))
		}
	}
	line("by", a.By)
	line("located", a.Located)
	line("people", people(a.People))
	line("organisations", names(a.Organisations))
	line("places", names(a.Places))
	for _, p := range strings.Split(a.Text(), "\n") {
		line("|", p)
	}
	for _, d := range a.Descriptions {
		line("caption", d.Value)
	}
	for _, picture := range a.Associations {
		for _, d := range picture.Descriptions {
			line("picture", d.Value)
		}
	}
}

func ranges(lines []newspaper.LineRange) string {
	out := make([]string, len(lines))
	for i, g := range lines {
		if out[i] = fmt.Sprint(g[0]); g[1] != g[0] {
			out[i] = fmt.Sprintf("%d–%d", g[0], g[1])
		}
	}
	return strings.Join(out, ", ")
}

func people(list []newspaper.Person) string {
	out := make([]string, len(list))
	for i, p := range list {
		if out[i] = p.Name; len(p.Titles) > 0 {
			out[i] += " (" + strings.Join(p.Titles, ", ") + ")"
		}
	}
	return strings.Join(out, "; ")
}

func names(list []newspaper.Named) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = n.Name
	}
	return strings.Join(out, "; ")
}
