package main

import (
	"fmt"
	"strings"

	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/entity/entityeval"
)

// entityEvalFlags are those of eval that measure entities instead of articles.
type entityEvalFlags struct {
	Entities bool     `help:"Measure entities instead: DIR has *.entities.json; or a file of texts with [name/TYPE] marks, or a *.refs.json."`
	Home     []string `placeholder:"PLACE" help:"With --entities: home region from large to small, for example 山西省,吕梁市."`
	Model    string   `placeholder:"FILE" help:"With --entities: a model of broadsheet train."`
	Corpora  string   `placeholder:"DIR" help:"With --entities: where the texts of a *.refs.json are; they are not part of Broadsheet."`
}

// entities measures strict precision, recall and F1 of each type and field; with
// --faults it lists the errors by kind.
func (c evalCommand) entities(t *terminal) error {
	if c.JSON != "" || c.Baseline != "" || len(c.Damage) > 0 {
		return usage("--entities goes with --faults and --html, not with --json, --baseline and --damage")
	}
	tagger, err := entity.Open(c.Model)
	if err != nil {
		return err
	}
	if c.HTML != "" && len(c.Dirs) > 1 {
		return usage("--html with --entities takes one DIR")
	}
	for _, path := range c.Dirs {
		if strings.HasSuffix(path, ".refs.json") && c.Corpora == "" {
			return usage("%s refers to texts that are not part of Broadsheet: say where they are with --corpora", path)
		}
		report, err := entityeval.Path(tagger, path, c.Corpora, c.Home)
		if err != nil {
			return err
		}
		if len(c.Dirs) > 1 {
			if _, err := fmt.Fprintf(t.out, "%s\n", printable(path)); err != nil {
				return err
			}
		}
		if err := report.Write(t.out, c.Faults); err != nil {
			return err
		}
		if err := writeFile(t, c.HTML, report.HTML); err != nil {
			return err
		}
	}
	return nil
}
