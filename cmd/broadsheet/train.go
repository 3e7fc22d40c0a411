package main

import (
	"fmt"
	"io"
	"os"

	"broadsheet/pkg/fault"
	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/entityeval"
)

type trainCommand struct {
	Files []string `arg:"" optional:"" name:"file" help:"Corrected paragraphs, one a line, names marked as [name/TYPE]."`
	Words string   `placeholder:"FILE" help:"The paper's own words: a word, a blank and PER, LOC, ORG or TITLE a line."`
	Test  string   `placeholder:"FILE" help:"More corrected paragraphs, held out: measure before and after."`
	Out   string   `short:"o" required:"" placeholder:"FILE" help:"Model to write."`
}

// Help is shown by --help.
func (trainCommand) Help() string {
	return `Fits the entity model to your own paper. Mark some paragraphs, correct the marks by hand, train, use the model:

  broadsheet entities --lines --pretty paragraphs.txt > corrected.txt
  broadsheet train --words words.txt --test heldout.txt -o paper.model corrected.txt
  broadsheet entities --model paper.model --lines page.txt

200 paragraphs are a good start. A word list alone helps too: give no FILE.`
}

// Run trains.
func (c trainCommand) Run(t *terminal) error {
	if len(c.Files) == 0 && c.Words == "" {
		return usage("give corrected paragraphs, --words or both")
	}
	words := map[string]string{}
	if c.Words != "" {
		if err := readFile(c.Words, func(r io.Reader) (err error) { words, err = entity.ReadWords(r); return err }); err != nil {
			return err
		}
	}
	var texts []corpus.Text
	for _, path := range c.Files {
		more, err := readMarkup(path)
		if err != nil {
			return err
		}
		texts = append(texts, more...)
	}
	var held []corpus.Text
	if c.Test != "" {
		var err error
		if held, err = readMarkup(c.Test); err != nil {
			return err
		}
	}
	packed, err := entity.Train(words, texts)
	if err != nil {
		return err
	}
	if err := writeFile(t, c.Out, func(w io.Writer) error { _, err := w.Write(packed); return err }); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(t.err, "%s: %d paragraphs, %d words, %d bytes\n", c.Out, len(texts), len(words), len(packed)); err != nil {
		return err
	}
	if held == nil {
		return nil
	}
	own, err := entity.Load(packed)
	if err != nil {
		return err
	}
	before := entityeval.Texts(entity.New(), held, entity.Context{}, nil).Overall().F1()
	after := entityeval.Texts(own, held, entity.Context{}, nil).Overall().F1()
	_, err = fmt.Fprintf(t.err, "%s: F1 of PER, LOC and ORG %.1f before, %.1f after\n", c.Test, 100*before, 100*after)
	return err
}

func readFile(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot read the file").Fix("correct the path")
	}
	defer func() { _ = f.Close() }()
	if err := read(f); err != nil {
		return fault.Wrap(fault.Invalid, err, "%s is wrong", path)
	}
	return nil
}

func readMarkup(path string) (texts []corpus.Text, err error) {
	err = readFile(path, func(r io.Reader) (err error) { texts, err = corpus.Markup(r); return err })
	return texts, err
}
