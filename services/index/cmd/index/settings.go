package main

import (
	"strings"
	"time"

	"go.uber.org/zap"

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
	Store string `name:"store" env:"BROADSHEET_STORE" default:"embedded" enum:"embedded,elastic" help:"Where the index is kept: embedded, in files of this process, or elastic, in Elasticsearch."`
	Dir   string `env:"BROADSHEET_INDEX_DIR" type:"path" placeholder:"PATH" help:"Directory of the embedded index; one process owns it."`
	Batch int    `env:"BROADSHEET_INDEX_BATCH" default:"256" help:"Articles written together."`
	elasticSettings
}

// elasticSettings say where Elasticsearch is and who we are to it.
type elasticSettings struct {
	URL          string        `name:"elasticsearch-url" env:"BROADSHEET_ELASTICSEARCH_URL" placeholder:"URL" help:"Node of Elasticsearch, several separated by commas."`
	Username     string        `name:"elasticsearch-username" env:"BROADSHEET_ELASTICSEARCH_USERNAME" placeholder:"NAME" help:"User for Elasticsearch."`
	Password     daemon.Secret `name:"elasticsearch-password" env:"BROADSHEET_ELASTICSEARCH_PASSWORD" help:"Its password; not as a flag, but in the environment, in the YAML file or in a file of its own."`
	PasswordFile string        `name:"elasticsearch-password-file" env:"BROADSHEET_ELASTICSEARCH_PASSWORD_FILE" type:"existingfile" placeholder:"PATH" help:"File with its password."`
	APIKey       daemon.Secret `name:"elasticsearch-api-key" env:"BROADSHEET_ELASTICSEARCH_API_KEY" help:"API key, encoded, instead of user and password; not as a flag."`
	APIKeyFile   string        `name:"elasticsearch-api-key-file" env:"BROADSHEET_ELASTICSEARCH_API_KEY_FILE" type:"existingfile" placeholder:"PATH" help:"File with the API key."`
	CA           string        `name:"elasticsearch-ca" env:"BROADSHEET_ELASTICSEARCH_CA" type:"existingfile" placeholder:"PATH" help:"PEM file of the authority that signed the node's certificate."`
	Fingerprint  string        `name:"elasticsearch-fingerprint" env:"BROADSHEET_ELASTICSEARCH_FINGERPRINT" placeholder:"HEX" help:"SHA-256 of the node's certificate or its authority, instead of the CA."`
	Prefix       string        `name:"elasticsearch-prefix" env:"BROADSHEET_ELASTICSEARCH_PREFIX" default:"broadsheet" placeholder:"NAME" help:"Name of the index: the alias that is searched, and the beginning of the names behind it."`
	Shards       int           `name:"elasticsearch-shards" env:"BROADSHEET_ELASTICSEARCH_SHARDS" default:"1" help:"Shards of an index that is made."`
	Replicas     int           `name:"elasticsearch-replicas" env:"BROADSHEET_ELASTICSEARCH_REPLICAS" default:"0" help:"Replicas of an index that is made."`
	Refresh      time.Duration `name:"elasticsearch-refresh" env:"BROADSHEET_ELASTICSEARCH_REFRESH" default:"1s" help:"Time until what was written is found, of an index that is made."`
	Uncompressed bool          `name:"elasticsearch-uncompressed" env:"BROADSHEET_ELASTICSEARCH_UNCOMPRESSED" help:"Send documents uncompressed: less work where the network is fast."`
}

// options are those of the store.
func (s elasticSettings) options(log *zap.Logger) elastic.Options {
	var urls []string
	for one := range strings.SplitSeq(s.URL, ",") {
		if one = strings.TrimSpace(one); one != "" {
			urls = append(urls, one)
		}
	}
	return elastic.Options{
		URLs: urls, Username: s.Username, Password: s.Password.Reveal(), APIKey: s.APIKey.Reveal(), CA: s.CA, Fingerprint: s.Fingerprint,
		Prefix: s.Prefix, Shards: s.Shards, Replicas: s.Replicas, Refresh: s.Refresh, Uncompressed: s.Uncompressed, Logger: log,
	}
}

// Check returns everything that is wrong with the settings as a whole.
func (s *settings) Check() []error {
	var mistakes []error
	if s.Batch < 1 || s.Batch > 1000 {
		mistakes = append(mistakes, fault.New(fault.Invalid, "%d articles cannot be written together", s.Batch).On("batch").Fix("give it 1 to 1000"))
	}
	if s.Store == storeElastic {
		return append(mistakes, s.options(nil).Check()...)
	}
	if s.Dir == "" {
		mistakes = append(mistakes, fault.New(fault.Invalid, "the embedded index has no directory").On("dir").
			Fix("give it as --dir or BROADSHEET_INDEX_DIR, or keep the index in Elasticsearch with --store=elastic"))
	}
	return mistakes
}
