package main

import (
	"broadsheet/pkg/daemon"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/elastic"
)

// The stores.
const (
	storeEmbedded = "embedded"
	storeElastic  = "elastic"
)

type settings struct {
	daemon.Settings
	Store         string           `name:"store" env:"BROADSHEET_STORE" default:"embedded" enum:"embedded,elastic" help:"Where the index is kept: embedded, in files of this process, or elastic, in Elasticsearch."`
	Dir           string           `env:"BROADSHEET_INDEX_DIR" type:"path" placeholder:"PATH" help:"Directory of the embedded index; one process owns it."`
	Batch         int              `env:"BROADSHEET_INDEX_BATCH" default:"256" help:"Articles written together."`
	Elasticsearch elastic.Settings `embed:""`
}

// Check returns everything that is wrong with the settings as a whole.
func (s *settings) Check() []error {
	var mistakes []error
	if s.Batch < 1 || s.Batch > 1000 {
		mistakes = append(mistakes, fault.New(fault.Invalid, "%d articles cannot be written together", s.Batch).On("batch").Fix("give it 1 to 1000"))
	}
	if s.Store == storeElastic {
		return append(mistakes, s.Elasticsearch.Options(nil).Check()...)
	}
	if s.Dir == "" {
		mistakes = append(mistakes, fault.New(fault.Invalid, "the embedded index has no directory").On("dir").
			Fix("give it as --dir or BROADSHEET_INDEX_DIR, or keep the index in Elasticsearch with --store=elastic"))
	}
	return mistakes
}
