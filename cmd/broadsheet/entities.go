package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity"
)

type entitiesCommand struct {
	File   string   `arg:"" optional:"" default:"-" help:"The text; - reads standard input (default)."`
	Lines  bool     `help:"Each line is a text of its own: one answer a line."`
	Date   string   `placeholder:"DAY" help:"Day the text was printed, YYYY-MM-DD: completes its dates."`
	Home   []string `placeholder:"PLACE" help:"Home region from large to small, for example 山西省,吕梁市."`
	Model  string   `placeholder:"FILE" help:"A model of broadsheet train, instead of the built-in one."`
	Pretty bool     `help:"For people instead of programs."`
}

// Help is shown by --help.
func (entitiesCommand) Help() string {
	return `Prints {"mentions":[{"type","text","start","end"}]} for each text. type is PER, ORG, LOC, TITLE or DATE; start and end count Unicode code points, end exclusive.

Examples:
  echo '市人大常委会主任刘振国参加。' | broadsheet entities
  broadsheet entities --lines --date 2022-10-30 paragraphs.txt > mentions.jsonl`
}

// mentions is the answer for one text.
type mentions struct {
	Mentions []newspaper.Mention `json:"mentions"`
}

// Run finds entities.
func (c entitiesCommand) Run(t *terminal) error {
	if c.Date != "" {
		if _, err := time.Parse(time.DateOnly, c.Date); err != nil {
			return usage("--date %q is not a day of the calendar: write it as YYYY-MM-DD", c.Date)
		}
	}
	in := t.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "cannot read the text").Fix("correct the path; - is standard input")
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	out := bufio.NewWriter(t.out)
	tagger, err := entity.Open(c.Model)
	if err != nil {
		return err
	}
	answer := func(text string) error {
		found := mentions{notNil(tagger.Mentions(text, entity.Context{Date: c.Date, Home: c.Home}))}
		if c.Pretty {
			return prettyMentions(out, text, found.Mentions, interactive(t.out))
		}
		return writeJSON(out, found)
	}
	if err := c.each(in, answer); err != nil {
		return err
	}
	return out.Flush()
}

// each hands the texts of in to answer: its lines, or all of it.
func (c entitiesCommand) each(in io.Reader, answer func(string) error) error {
	if !c.Lines {
		data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "cannot read %s", c.File)
		}
		if len(data) > maxInput {
			return fault.New(fault.TooLarge, "the text is larger than %d MiB", maxInput>>20).Fix("use --lines, which reads a line at a time")
		}
		return answer(clean(bytes.TrimPrefix(data, bom)))
	}
	lines := bufio.NewReaderSize(in, 1<<16)
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if number == 1 {
			line = bytes.TrimPrefix(line, bom)
		}
		if len(line) > 0 || err == nil {
			if answerErr := answer(clean(bytes.TrimRight(line, "\r\n"))); answerErr != nil {
				return answerErr
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "line %d", number)
		}
	}
}

// readLine reads up to and with the line end, and not more than maxInput.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxInput {
			return nil, fault.New(fault.TooLarge, "longer than %d MiB", maxInput>>20)
		}
	}
}

var bom = []byte("\uFEFF")

// clean makes bytes valid UTF-8: every byte that is none becomes one U+FFFD, so
// that offsets mean the same for whoever decodes the text that way.
func clean(data []byte) string { return string([]rune(string(data))) }

// colours of the types, as ANSI colour numbers.
var colours = map[string]int{newspaper.PER: 31, newspaper.ORG: 34, newspaper.LOC: 32, newspaper.TITLE: 35, newspaper.DATE: 36}

func prettyMentions(w io.Writer, text string, found []newspaper.Mention, colour bool) error {
	runes := []rune(text)
	var b strings.Builder
	at := 0
	for _, m := range found {
		b.WriteString(printable(string(runes[at:m.Start])))
		name := printable(string(runes[m.Start:m.End]))
		if colour {
			fmt.Fprintf(&b, "\x1b[%dm%s\x1b[2m/%s\x1b[0m", colours[m.Type], name, m.Type)
		} else {
			fmt.Fprintf(&b, "[%s/%s]", name, m.Type)
		}
		at = m.End
	}
	b.WriteString(printable(string(runes[at:])) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}
