// Command entity-refs makes a *.refs.json of texts that readers marked: their names
// by offset, without a word of the text. A line is the text's place in the corpora,
// a TAB and the text with its names marked, as package corpus reads them: s17 is
// text 17 of silver, n656.2.40 what begins at the 40th code point of paragraph 2
// of news item 656.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/entityeval"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "entity-refs:", err)
		os.Exit(1)
	}
}

func run() error {
	corpora := flag.String("corpora", "../shared/corpora", "directory of the corpora")
	out := flag.String("out", "", "file to write")
	about := flag.String("about", "", "what the file says of itself")
	flag.Parse()
	var lines []string
	for _, path := range flag.Args() {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(data)) {
			ref, err := reference(strings.TrimRight(line, "\r\n"))
			if err != nil {
				return fmt.Errorf("%s: %q: %w", path, line, err)
			}
			lines = append(lines, ref)
		}
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	head, err := json.Marshal(*about)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("{\"about\":%s,\n\"texts\":[\n%s\n]}\n", head, strings.Join(lines, ",\n"))
	if err := os.WriteFile(*out, []byte(text), 0o644); err != nil {
		return err
	}
	_, err = entityeval.References(*out, *corpora) // every text is where its reference says
	return err
}

// reference is a line as an object of JSON.
func reference(line string) (string, error) {
	place, marked, ok := strings.Cut(line, "\t")
	texts, err := corpus.Markup(strings.NewReader(marked))
	if err != nil || !ok || len(texts) != 1 {
		return "", fmt.Errorf("no place, TAB and marked text: %w", err)
	}
	t := texts[0]
	where, err := object(place, utf8.RuneCountInString(t.Value))
	if err != nil {
		return "", err
	}
	mentions := make([]string, len(t.Mentions))
	for i, m := range t.Mentions {
		mentions[i] = fmt.Sprintf("[%q,%d,%d]", m.Type, m.Start, m.End)
	}
	return fmt.Sprintf(`{%s,"sha256":%q,"mentions":[%s]}`, where, entityeval.Digest(t.Value)[:16], strings.Join(mentions, ",")), nil
}

// object is the place of a text that long in words of JSON.
func object(place string, length int) (string, error) {
	var at []int
	for n := range strings.SplitSeq(strings.TrimLeft(place, "sn"), ".") {
		i, err := strconv.Atoi(n)
		if err != nil {
			return "", fmt.Errorf("%q is no place: %w", place, err)
		}
		at = append(at, i)
	}
	switch {
	case place[0] == 's' && len(at) == 1:
		return fmt.Sprintf(`"file":"ner/silver.news80k.xz","text":%d`, at[0]), nil
	case place[0] == 'n' && len(at) == 3:
		return fmt.Sprintf(`"file":"text/news-items.jsonl.xz","item":%d,"paragraph":%d,"part":[%d,%d]`, at[0], at[1], at[2], at[2]+length), nil
	}
	return "", fmt.Errorf("%q is no place", place)
}
