package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"broadsheet/pkg/daemon"
	"broadsheet/pkg/fault"
)

func load(s *settings, environment map[string]string, args ...string) error {
	return daemon.Load("index", s, args, func(name string) (string, bool) {
		v, ok := environment[name]
		return v, ok
	})
}

func TestElasticFromEnvironment(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s settings
	err := load(&s, map[string]string{
		"BROADSHEET_STORE": "elastic", "BROADSHEET_ELASTICSEARCH_URL": "https://a:9200, https://b:9200", "BROADSHEET_ELASTICSEARCH_USERNAME": "index",
		"BROADSHEET_ELASTICSEARCH_PASSWORD_FILE": password, "BROADSHEET_ELASTICSEARCH_PREFIX": "archive",
	})
	if err != nil {
		t.Fatal(err)
	}
	o := s.Elasticsearch.Options(nil)
	if !slices.Equal(o.URLs, []string{"https://a:9200", "https://b:9200"}) || o.Username != "index" || o.Password != "geheim" || o.Prefix != "archive" {
		t.Errorf("%+v", o)
	}
}

// Every mistake is listed, by the name of its setting.
func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"dir"}},
		{[]string{"--store=elastic"}, []string{"elasticsearch-url"}},
		{[]string{"--store=elastic", "--elasticsearch-url=localhost", "--elasticsearch-username=x", "--elasticsearch-prefix=A", "--batch=0"},
			[]string{"batch", "elasticsearch-prefix", "elasticsearch-url", "elasticsearch-username"}},
	} {
		var s settings
		var mistakes daemon.Mistakes
		if err := load(&s, nil, tt.args...); !errors.As(err, &mistakes) {
			t.Fatalf("%v: %v", tt.args, err)
		}
		var fields []string
		for _, m := range mistakes {
			fields = append(fields, fault.ProblemOf(m).Field)
		}
		slices.Sort(fields)
		if !slices.Equal(fields, tt.want) {
			t.Errorf("%v: %v", tt.args, fields)
		}
	}
}
