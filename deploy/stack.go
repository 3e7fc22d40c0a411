package deploy

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"broadsheet/pkg/bus"
)

// Services are the programs of ours that stay.
var Services = []string{"ingest", "parse", "index", "console"}

// storage is what a Stack gives JetStream: this machine has less than a server.
const storage = "4294967296"

// Options make a Stack.
type Options struct {
	Folder        string         // of this package: docker-compose.yml, nats/, .env.example
	Bin           string         // with the programs, as Build leaves them
	Dir           string         // for data and logs
	Elasticsearch *Elasticsearch // nil: the embedded index
	NATSConfig    string         // another configuration than Folder's nats/nats.conf
	NATSStore     string         // directory of JetStream's store; "": in Dir
	NATSCA        string         // authority of the certificate of NATS; "": no TLS
}

// Elasticsearch is a node that runs already.
type Elasticsearch struct {
	URL                string // as the index service reaches it
	Username, Password string // of the index service
	Prefix             string // names the index
	// Who makes the index; "": the index service's user, whose role must do for it.
	Manager, ManagerPassword string
}

// Stack is the deployment of the compose file as processes on this machine: their
// own commands and variables, with other addresses and directories.
type Stack struct {
	NATS *Supervised

	o        Options
	all      map[string]Process
	services map[string]*Supervised
	added    []*Supervised
	taken    map[string]bool // addresses of processes, also of those that do not run yet
}

// Start starts NATS, provisions, starts the services, and returns when all are
// ready. Close ends what was started, also after an error.
func Start(ctx context.Context, o Options) (*Stack, error) {
	s := &Stack{o: o, all: map[string]Process{}, services: map[string]*Supervised{}, taken: map[string]bool{}}
	if err := s.start(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context) error {
	variables, err := Example(s.o.Folder)
	if err != nil {
		return err
	}
	project, err := Load(ctx, s.o.Folder, variables)
	if err != nil {
		return err
	}
	list, err := Processes(project)
	if err != nil {
		return err
	}
	for _, p := range list {
		s.all[p.Name] = p
	}
	if err := s.startNATS(ctx); err != nil {
		return err
	}
	for _, name := range Services { // all addresses first: they name each other
		if s.services[name], err = s.process(name, name); err != nil {
			return err
		}
	}
	if err := s.provision(ctx); err != nil {
		return err
	}
	for _, name := range Services {
		s.services[name].env = s.environment(name, s.services[name])
		if err := s.services[name].Start(); err != nil {
			return err
		}
	}
	for _, name := range Services {
		if err := s.Ready(ctx, s.services[name]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stack) startNATS(ctx context.Context) error {
	config := s.o.NATSConfig
	if config == "" {
		config = filepath.Join(s.o.Folder, "nats", "nats.conf")
	}
	config, err := filepath.Abs(config)
	if err != nil {
		return err
	}
	store := s.o.NATSStore
	if store == "" {
		store = filepath.Join(s.o.Dir, "nats-store")
	}
	if s.NATS, err = s.process("nats", "nats"); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(s.NATS.Address)
	if err != nil {
		return err
	}
	s.NATS.path = filepath.Join(s.o.Bin, natsd)
	s.NATS.args = []string{"-config", config, "-store", store, "-port", port}
	for name, value := range s.all["nats"].Env {
		if name == "BROADSHEET_STORAGE" {
			value = storage
		}
		s.NATS.env = append(s.NATS.env, name+"="+value)
	}
	if err := s.NATS.Start(); err != nil {
		return err
	}
	return s.NATS.listening(ctx)
}

// listening returns when the process takes connections.
func (p *Supervised) listening(ctx context.Context) error {
	return eventually(ctx, p, "it does not listen", func(ctx context.Context) error {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.Address)
		if err == nil {
			_ = c.Close()
		}
		return err
	})
}

// patience is how long a process may take until it is ready on a busy machine.
const patience = time.Minute

// eventually waits until something about a process holds.
func eventually(ctx context.Context, p *Supervised, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %s: %w\n%s", p.Name, what, err, p.LastWords())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// process is a container of that service as a process, at an address of its own.
func (s *Stack) process(service, name string) (*Supervised, error) {
	address, err := s.freeAddress()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(s.o.Dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	command := s.all[service].Command
	return &Supervised{Name: name, Address: address, Log: filepath.Join(s.o.Dir, name+".log"), dir: dir,
		path: filepath.Join(s.o.Bin, filepath.Base(command[0])), args: command[1:]}, nil
}

// freeAddress is one that nobody listens on and that none of ours will: the system
// may give the same one twice, as long as nobody has begun to listen on it.
func (s *Stack) freeAddress() (string, error) {
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		_ = l.Close()
		address := l.Addr().String()
		if !s.taken[address] {
			s.taken[address] = true
			return address, nil
		}
	}
}

// environment is a container's, with what only an engine gives replaced: names of
// hosts, the address to listen on, volumes.
func (s *Stack) environment(service string, p *Supervised) []string {
	values := maps.Clone(s.all[service].Env)
	var names []string
	for name, other := range s.services {
		names = append(names, "http://"+name+":8080", "http://"+other.Address)
	}
	if e := s.o.Elasticsearch; e != nil {
		names = append(names, "http://elasticsearch:9200", e.URL)
	}
	hosts := strings.NewReplacer(names...)
	for k, v := range values {
		values[k] = hosts.Replace(v)
	}
	replace := func(name, value string) {
		if _, ok := values[name]; ok {
			values[name] = value
		}
	}
	replace("BROADSHEET_NATS", s.url())
	if s.o.NATSCA != "" {
		values["BROADSHEET_NATS_CA"] = s.o.NATSCA
	}
	replace("BROADSHEET_HTTP", p.Address)
	replace("BROADSHEET_DATA", filepath.Join(p.dir, "data"))
	replace("BROADSHEET_STORAGE", storage)
	if service == "index" || service == "provision" {
		s.keepIndex(service, values, p)
	}
	out := []string{"HOME=/nowhere"}
	for k, v := range values {
		out = append(out, k+"="+v)
	}
	return out
}

// keepIndex says where the index is kept.
func (s *Stack) keepIndex(service string, values map[string]string, p *Supervised) {
	e := s.o.Elasticsearch
	switch {
	case e == nil:
		maps.DeleteFunc(values, func(k, _ string) bool { return strings.HasPrefix(k, "BROADSHEET_ELASTICSEARCH_") })
		if service == "index" {
			values["BROADSHEET_STORE"], values["BROADSHEET_INDEX_DIR"] = "embedded", filepath.Join(p.dir, "index")
		}
		return
	case service == "provision" && e.Manager != "":
		values["BROADSHEET_ELASTICSEARCH_USERNAME"], values["BROADSHEET_ELASTICSEARCH_PASSWORD"] = e.Manager, e.ManagerPassword
	default:
		values["BROADSHEET_ELASTICSEARCH_USERNAME"], values["BROADSHEET_ELASTICSEARCH_PASSWORD"] = e.Username, e.Password
	}
	values["BROADSHEET_ELASTICSEARCH_PREFIX"] = e.Prefix
}

// provision makes streams and index.
func (s *Stack) provision(ctx context.Context) error {
	p, err := s.process("provision", "provision")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, p.path, p.args...)
	cmd.Env = s.environment("provision", p)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("provision: %w\n%s", err, out)
	}
	return nil
}

// Service is a service of the compose file.
func (s *Stack) Service(name string) *Supervised { return s.services[name] }

// Add starts one more process of a service.
func (s *Stack) Add(ctx context.Context, service string) (*Supervised, error) {
	p, err := s.process(service, fmt.Sprintf("%s-%d", service, len(s.added)+2))
	if err != nil {
		return nil, err
	}
	p.env = s.environment(service, p)
	s.added = append(s.added, p)
	if err := p.Start(); err != nil {
		return nil, err
	}
	return p, s.Ready(ctx, p)
}

// Processes are all that stay, NATS first.
func (s *Stack) Processes() []*Supervised {
	var out []*Supervised
	if s.NATS != nil {
		out = append(out, s.NATS)
	}
	for _, name := range Services {
		if p := s.services[name]; p != nil {
			out = append(out, p)
		}
	}
	return append(out, s.added...)
}

// Ready returns when the container's own health check of a service is content.
func (s *Stack) Ready(ctx context.Context, p *Supervised) error {
	return eventually(ctx, p, "it does not become ready", func(ctx context.Context) error {
		cmd := exec.CommandContext(ctx, p.path, "--healthcheck")
		cmd.Env = p.env
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}

// As returns a connection to NATS as a user of the deployment, who closes it.
func (s *Stack) As(ctx context.Context, user string) (*bus.Bus, error) {
	return bus.Connect(ctx, bus.Options{URL: s.url(), Name: user, Auth: bus.Auth{User: user, Password: s.Password(user), CA: s.o.NATSCA}})
}

func (s *Stack) url() string {
	if s.o.NATSCA != "" {
		return "tls://" + s.NATS.Address
	}
	return "nats://" + s.NATS.Address
}

// Password is that of a user of NATS.
func (s *Stack) Password(user string) string {
	return s.all["nats"].Env["BROADSHEET_NATS_"+strings.ToUpper(user)+"_PASSWORD"]
}

// Close ends everything that was started, NATS last.
func (s *Stack) Close() {
	all := s.Processes()
	for i := len(all) - 1; i >= 0; i-- {
		_ = all[i].End(syscall.SIGKILL)
	}
}
