package deploy

import (
	"bytes"
	"debug/elf"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// What the file leaves open must be given, and is said by name when it is not.
func TestEveryPasswordIsAskedFor(t *testing.T) {
	for name := range example(t) {
		if !strings.HasSuffix(name, "_PASSWORD") {
			continue
		}
		without := example(t)
		delete(without, name)
		if _, err := Load(t.Context(), ".", without); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// The example file names what compose reads, and nothing else.
func TestExampleIsComplete(t *testing.T) {
	compose, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(".env.example")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	for _, m := range regexp.MustCompile(`[^$]\$\{?([A-Z][A-Z0-9_]*)`).FindAllSubmatch(compose, -1) {
		read[string(m[1])] = true
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(?:# )?([A-Z][A-Z0-9_]*)=`).FindAllSubmatch(text, -1) {
		named[string(m[1])] = true
	}
	for name := range read {
		if !named[name] {
			t.Errorf(".env.example says nothing of %s", name)
		}
	}
	for name := range named {
		if !read[name] {
			t.Errorf("nothing reads %s of .env.example", name)
		}
	}
}

// No secret stands in the file: with other variables all passwords are others.
func TestNoSecretInTheFile(t *testing.T) {
	for _, s := range project(t).Services {
		for name, value := range s.Environment {
			if strings.Contains(name, "PASSWORD") && !strings.HasSuffix(name, "_FILE") && !slices.Contains(secrets(t), *value) {
				t.Errorf("%s of %s does not come from outside", name, s.Name)
			}
		}
	}
}

func secrets(t *testing.T) []string {
	var out []string
	for name, value := range example(t) {
		if strings.HasSuffix(name, "_PASSWORD") {
			out = append(out, value)
		}
	}
	return out
}

// Only ingest and console are reached from outside, and only from this machine.
func TestPorts(t *testing.T) {
	for _, s := range project(t).Services {
		open := s.Name == "ingest" || s.Name == "console"
		if open != (len(s.Ports) == 1) {
			t.Errorf("%s publishes %v", s.Name, s.Ports)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes %s on %q", s.Name, port.Published, port.HostIP)
			}
		}
	}
}

// Data is kept in named volumes, everything that stays says whether it is well,
// and starts after what it needs.
func TestContainers(t *testing.T) {
	p := project(t)
	for name, target := range map[string]string{"nats": "/data", "elasticsearch": "/usr/share/elasticsearch/data", "console": "/data"} {
		if !slices.ContainsFunc(p.Services[name].Volumes, func(v types.ServiceVolumeConfig) bool {
			_, declared := p.Volumes[v.Source]
			return v.Type == types.VolumeTypeVolume && v.Target == target && declared
		}) {
			t.Errorf("%s keeps %s in no named volume", name, target)
		}
	}
	for name, s := range p.Services {
		if name != "provision" && (s.HealthCheck == nil || s.Restart != types.RestartPolicyUnlessStopped || s.StopGracePeriod == nil) {
			t.Errorf("%s: health %v, restart %q, grace %v", name, s.HealthCheck, s.Restart, s.StopGracePeriod)
		}
	}
	if p.Services["elasticsearch"].MemLimit == 0 {
		t.Error("elasticsearch may take all memory")
	}
	for _, name := range Services {
		s := p.Services[name]
		if s.DependsOn["provision"].Condition != types.ServiceConditionCompletedSuccessfully || s.DependsOn["nats"].Condition != types.ServiceConditionHealthy {
			t.Errorf("%s starts too early: %v", name, s.DependsOn)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || s.User == "root" || s.Privileged {
			t.Errorf("%s has more rights than it needs", name)
		}
		if want := []string{"CMD", "/bin/" + name, "--healthcheck"}; !slices.Equal(s.HealthCheck.Test, want) {
			t.Errorf("%s: health by %v", name, s.HealthCheck.Test)
		}
	}
	if p.Services["index"].DependsOn["elasticsearch"].Condition != types.ServiceConditionHealthy {
		t.Error("index does not wait for elasticsearch")
	}
}

// A file of admin tokens reaches the console where it looks for it; without one the
// setting is empty.
func TestAdminTokens(t *testing.T) {
	const inside = "/etc/broadsheet/admin-tokens"
	with := example(t)
	with["BROADSHEET_ADMIN_TOKENS"] = "./admin-tokens"
	p, err := Load(t.Context(), ".", with)
	if err != nil {
		t.Fatal(err)
	}
	console := p.Services["console"]
	mounted := slices.ContainsFunc(console.Volumes, func(v types.ServiceVolumeConfig) bool {
		return v.Type == types.VolumeTypeBind && strings.HasSuffix(v.Source, "/admin-tokens") && v.Target == inside && v.ReadOnly
	})
	if set := console.Environment["BROADSHEET_ADMIN_TOKENS"]; set == nil || *set != inside || !mounted {
		t.Errorf("%v, %+v", set, console.Volumes)
	}
	if set := project(t).Services["console"].Environment["BROADSHEET_ADMIN_TOKENS"]; set == nil || *set != "" {
		t.Errorf("without a file it is %v", set)
	}
}

// settings returns the variables that a program knows.
func settings(t *testing.T, p Process) map[string]bool {
	t.Helper()
	args := []string{"--describe-settings"}
	if p.Name == "provision" {
		args = append(slices.Clone(p.Command[1:]), "--help")
	}
	text, err := output(t.Context(), nil, program(t, p), args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", p.Name, err, text)
	}
	known := map[string]bool{}
	for _, name := range regexp.MustCompile(`BROADSHEET_[A-Z0-9_]+`).FindAllString(text, -1) {
		known[name] = true
	}
	return known
}

// later are variables of a store that the index service is still to get. They are
// held against it from the moment it knows any of its kind.
func later(name, variable string, known map[string]bool) bool {
	if name != "index" || variable != "BROADSHEET_STORE" && !strings.HasPrefix(variable, "BROADSHEET_ELASTICSEARCH_") {
		return false
	}
	for k := range known {
		if strings.Contains(k, "STORE") || strings.Contains(k, "ELASTIC") {
			return false
		}
	}
	return true
}

// Every variable is known to the program that gets it, and every value is good.
func TestVariablesAreKnown(t *testing.T) {
	all := processes(t)
	for _, name := range append([]string{"provision"}, Services...) {
		p := all[name]
		known := settings(t, p)
		for variable := range p.Env {
			if !known[variable] && !later(name, variable, known) {
				t.Errorf("%s does not know %s", name, variable)
			}
		}
		if name == "provision" {
			continue
		}
		env := p.Env
		if later(name, "BROADSHEET_STORE", known) {
			env["BROADSHEET_INDEX_DIR"] = "/data"
		}
		text, err := output(t.Context(), env, program(t, p), append(p.Command[1:], "--print-config")...)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		for _, secret := range secrets(t) {
			if strings.Contains(text, secret) {
				t.Errorf("%s prints a password", name)
			}
		}
	}
}

// The server gets every variable that its configuration names, and is the one
// that the tests run.
func TestServerFitsItsConfiguration(t *testing.T) {
	nats := processes(t)["nats"]
	conf, err := os.ReadFile("nats/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)#.*$`).ReplaceAllString(string(conf), "")
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`: \$([A-Z_]+)`).FindAllStringSubmatch(text, -1) {
		named[m[1]] = true
		if nats.Env[m[1]] == "" {
			t.Errorf("nats does not get %s", m[1])
		}
	}
	if len(named) != len(nats.Env) || len(named) < 9 {
		t.Errorf("the configuration names %d variables, the container has %d", len(named), len(nats.Env))
	}
	mod, err := os.ReadFile("../cmd/broadsheet/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	tested := regexp.MustCompile(`nats-server/v2 v(\S+)`).FindSubmatch(mod)
	if tested == nil || nats.Image != "nats:"+string(tested[1])+"-alpine" {
		t.Errorf("compose runs %s, the tests %s", nats.Image, tested)
	}
}

// The image's programs need nothing beside them.
func TestProgramsAreStatic(t *testing.T) {
	for _, name := range append([]string{"broadsheet"}, Services...) {
		f, err := elf.Open(bin + "/" + name)
		if err != nil {
			t.Fatalf("the Dockerfile does not build %s: %v", name, err)
		}
		libraries, err := f.ImportedLibraries()
		if err != nil || len(libraries) > 0 || f.Section(".interp") != nil {
			t.Errorf("%s needs %v, %v", name, libraries, err)
		}
		_ = f.Close()
	}
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(dockerfile, []byte("\nFROM scratch\n")) || !bytes.Contains(dockerfile, []byte("\nUSER 65532:65532\n")) {
		t.Error("the image is not the bare programs, run by nobody in particular")
	}
}
