package main

import (
	"errors"
	"os"
	"strings"

	"broadsheet/pkg/daemon"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/elastic"
)

// openElasticsearch reads the files that hold secrets and opens the store; nil:
// no Elasticsearch is named.
func openElasticsearch(s elastic.Settings) (*elastic.Store, error) {
	if s.URL == "" {
		return nil, nil
	}
	for _, secret := range []struct {
		name, path string
		into       *daemon.Secret
	}{{"elasticsearch-password", s.PasswordFile, &s.Password}, {"elasticsearch-api-key", s.APIKeyFile, &s.APIKey}} {
		if secret.path == "" {
			continue
		}
		if *secret.into != "" {
			return nil, usage("%s is given twice, in the environment and in %s: leave one of them", secret.name, secret.path)
		}
		data, err := os.ReadFile(secret.path)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "a secret of Elasticsearch").On(secret.name + "-file")
		}
		*secret.into = daemon.Secret(strings.TrimSpace(string(data)))
	}
	o := s.Options(nil)
	if mistakes := o.Check(); len(mistakes) > 0 {
		return nil, usageError{errors.Join(mistakes...)}
	}
	return elastic.Open(o)
}
