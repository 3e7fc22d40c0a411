package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/fault"
)

// demo is a service's settings.
type demo struct {
	Settings
	Workers    int           `env:"BROADSHEET_WORKERS" help:"How many | at once."`
	Patience   time.Duration `env:"BROADSHEET_PATIENCE" default:"5s" help:"How long."`
	Nodes      []string      `env:"BROADSHEET_NODES" help:"Which."`
	APIKey     Secret        `name:"api-key" env:"BROADSHEET_API_KEY" help:"Key."`
	APIKeyFile string        `name:"api-key-file" env:"BROADSHEET_API_KEY_FILE" type:"existingfile" help:"File with it."`
	Needed     string        `env:"BROADSHEET_NEEDED" required:"" help:"Must be there."`
	OldToken   string        `env:"BROADSHEET_OLD_TOKEN" help:"A secret whose service made it a plain text."`
}

func (d *demo) Check() []error {
	if d.Workers < 0 {
		return []error{fault.New(fault.Invalid, "%d workers are too few", d.Workers).On("workers").Fix("give 0 or more")}
	}
	return nil
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func environment(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func TestPrecedence(t *testing.T) {
	file := write(t, "needed: file\nworkers: 1\npatience: 1s\nnodes: [a, b]\nhttp: 127.0.0.1:1\nindex:\n  workers: 2\nparse:\n  workers: 3\n")
	for _, c := range []struct {
		name    string
		service string
		args    []string
		env     map[string]string
		want    string
	}{
		{"default", "parse", []string{"--needed=x"}, nil, "0 5s [] 127.0.0.1:0 x"},
		{"file", "ingest", []string{"--config", file}, nil, "1 1s [a b] 127.0.0.1:1 file"},
		{"section", "parse", []string{"--config=" + file}, nil, "3 1s [a b] 127.0.0.1:1 file"},
		{"environment over file", "parse", nil, map[string]string{"BROADSHEET_CONFIG": file, "BROADSHEET_WORKERS": "4", "BROADSHEET_NODES": "c,d"}, "4 1s [c d] 127.0.0.1:1 file"},
		{"empty variable is none", "parse", nil, map[string]string{"BROADSHEET_CONFIG": file, "BROADSHEET_WORKERS": ""}, "3 1s [a b] 127.0.0.1:1 file"},
		{"flag over all", "parse", []string{"--workers=5", "--nodes", "e", "--nodes=f"}, map[string]string{"BROADSHEET_CONFIG": file, "BROADSHEET_WORKERS": "4"}, "5 1s [e f] 127.0.0.1:1 file"},
		{"flag of the default's value over all", "parse", []string{"--workers=0"}, map[string]string{"BROADSHEET_CONFIG": file, "BROADSHEET_WORKERS": "4"}, "0 1s [a b] 127.0.0.1:1 file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d demo
			if err := Load(c.service, &d, c.args, environment(c.env)); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(d.Workers, d.Patience, d.Nodes, d.HTTP, d.Needed); strings.Join(strings.Fields(got), "") != strings.ReplaceAll(c.want, " ", "") {
				t.Errorf("%s, not %s", got, c.want)
			}
		})
	}
}

// All that is wrong is said at once, each with its place.
func TestEveryMistakeAtOnce(t *testing.T) {
	file := write(t, "worker: 7\npatience: soon\nparse:\n  htpp: 1\nparsley:\n  workers: 1\nnodes: [[a]]\n")
	var d demo
	err := Load("parse", &d, []string{"--config", file, "--nonsense", "x", "--log-level=loud", "stray", "--nats-password=hunter2", "--http"},
		environment(map[string]string{"BROADSHEET_WORKERS": "many", "BROADSHEET_NATS_CA": "/no/such/ca.pem"}))
	var m Mistakes
	if !errors.As(err, &m) {
		t.Fatalf("%v", err)
	}
	text := err.Error()
	for _, want := range []string{
		"13 mistakes", `"worker"`, "did you mean workers?", "soon", `"htpp"`, "did you mean http?", `"parsley"`, "plain values", "--nonsense", `"loud" is none of debug, info, warn, error`,
		"stray: this is no flag", "seen by everybody", "--http: its value is missing", `"many"`, "environment BROADSHEET_WORKERS", "/no/such/ca.pem", "needed: it is required",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(text, "hunter2") {
		t.Error("the password is shown")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestSettingsAsAWhole(t *testing.T) {
	for _, c := range []struct {
		args []string
		env  map[string]string
		want []string
	}{
		{[]string{"--http=8080", "--nats=localhost", "--drain-timeout=0s", "--workers=-1"}, nil,
			[]string{"4 mistakes", `http: "8080"`, `nats: "localhost" is no address`, "drain-timeout", "-1 workers"}},
		{nil, map[string]string{"BROADSHEET_NATS_PASSWORD": "p"}, []string{"but no user"}},
		{[]string{"--nats=nats://u:pass word@h:x"}, nil, []string{"u:***@h:x"}},
		{[]string{"--nats-cert=" + write(t, "x"), "--nats-ca=" + write(t, "x")}, nil, []string{"no certificate in it", "one is missing"}},
	} {
		var d demo
		err := Load("parse", &d, append(c.args, "--needed=x"), environment(c.env))
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %q is missing in %v", c.args, want, err)
			}
		}
		if err != nil && strings.Contains(err.Error(), "pass word") {
			t.Errorf("the password is shown: %v", err)
		}
	}
}

func TestSecrets(t *testing.T) {
	secret := write(t, "from the file\n")
	config := write(t, "needed: x\nnats-user: u\nnats-password: from the config\napi-key-file: "+secret+"\n")
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		want string
	}{
		{"in the config", []string{"--config", config}, nil, "from the config"},
		{"file named by the environment wins over the config", []string{"--config", config}, map[string]string{"BROADSHEET_NATS_PASSWORD_FILE": secret}, "from the file"},
		{"environment wins over the config", []string{"--config", config}, map[string]string{"BROADSHEET_NATS_PASSWORD": "from the environment"}, "from the environment"},
		{"file named by a flag wins", []string{"--config", config, "--nats-password-file", secret}, map[string]string{"BROADSHEET_NATS_PASSWORD": "from the environment"}, "from the file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d demo
			if err := Load("parse", &d, c.args, environment(c.env)); err != nil {
				t.Fatal(err)
			}
			if d.NATSPassword.Reveal() != c.want || d.APIKey.Reveal() != "from the file" {
				t.Errorf("%q, %q", d.NATSPassword.Reveal(), d.APIKey.Reveal())
			}
			if o := d.Options("parse"); o.User != "u" || o.Password != c.want {
				t.Errorf("%+v", o)
			}
			if text := fmt.Sprintf("%v %+v %#v", d, d, d.NATSPassword); strings.Contains(text, "from the") {
				t.Errorf("a secret is shown: %s", text)
			}
		})
	}
	var d demo
	err := Load("parse", &d, []string{"--config", config}, environment(map[string]string{"BROADSHEET_API_KEY": "x", "BROADSHEET_API_KEY_FILE": secret}))
	if err == nil || !strings.Contains(err.Error(), "given twice") {
		t.Errorf("%v", err)
	}
	err = Load("parse", &d, []string{"--config", config, "--nats-password-file", write(t, " \n")}, environment(nil))
	if err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("%v", err)
	}
}

// What --print-config prints is a file that --config reads, but for the secrets.
func TestPrintConfig(t *testing.T) {
	config := write(t, "needed: 'yes: \"really\" # yes'\nnats-user: u\nnats-password: hunter2\nold-token: hunter3\nnodes: [a, 'b c']\n")
	args := []string{"--config", config, "--nats=nats://root:hunter4@h:4222", "--print-config"}
	var d, again demo
	var out bytes.Buffer
	if err := command(t.Context(), "parse", &d, &d.Settings, nil, args, environment(map[string]string{"BROADSHEET_API_KEY": "hunter5"}), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"environment BROADSHEET_API_KEY", "# --nats", "root:***@h", "# default", config} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(out.String(), "hunter") {
		t.Error("a secret is shown")
	}
	if t.Failed() {
		t.Log(out.String())
	}
	if err := Load("parse", &again, []string{"--config", write(t, out.String())}, environment(nil)); err != nil {
		t.Fatal(err)
	}
	if again.Needed != d.Needed || fmt.Sprint(again.Nodes) != fmt.Sprint(d.Nodes) || again.Patience != d.Patience {
		t.Errorf("%+v is not %+v", again, d)
	}
}

func TestDescribeAndHelp(t *testing.T) {
	for flag, want := range map[string][]string{
		"--describe-settings": {"| `--patience` | `BROADSHEET_PATIENCE` | `5s` | How long. |", "| `nats-password` |", `How many \| at once.`},
		"--help":              {"broadsheet-parse", "--nats-password-file", "$BROADSHEET_NATS"},
	} {
		var d demo
		var out bytes.Buffer
		if err := command(t.Context(), "parse", &d, &d.Settings, nil, []string{flag}, environment(nil), &out); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: %q is missing in\n%s", flag, w, out.String())
			}
		}
	}
}

func FuzzReadFile(f *testing.F) {
	for _, seed := range []string{"", "a: 1", "parse: {workers: 2}", "a: [1, {b: 2}]", "a: &x [*x]", "? [a]\n: b", "a: !!binary x", "parse: {a: {b: {}}}", "a: 1\na: 2", "[", "---\n---\n", "{}: {}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		values, mistakes := readFile(data, "parse")
		for _, v := range values {
			if v.name == "" && len(mistakes) == 0 && !bytes.ContainsAny(data, ":?") {
				t.Errorf("%q gave a setting without a name", data)
			}
		}
	})
}
