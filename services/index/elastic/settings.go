package elastic

import (
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/daemon"
)

// Settings are the flags and variables that say where Elasticsearch is and who we
// are to it, for whoever embeds them in a kong structure.
type Settings struct {
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

// Options are those of the store.
func (s Settings) Options(log *zap.Logger) Options {
	var urls []string
	for one := range strings.SplitSeq(s.URL, ",") {
		if one = strings.TrimSpace(one); one != "" {
			urls = append(urls, one)
		}
	}
	return Options{
		URLs: urls, Username: s.Username, Password: s.Password.Reveal(), APIKey: s.APIKey.Reveal(), CA: s.CA, Fingerprint: s.Fingerprint,
		Prefix: s.Prefix, Shards: s.Shards, Replicas: s.Replicas, Refresh: s.Refresh, Uncompressed: s.Uncompressed, Logger: log,
	}
}
