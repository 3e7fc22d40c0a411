package estest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/gofrs/flock"
	"golang.org/x/crypto/bcrypt"
)

// watchdog runs a command and kills its whole process group once standard input
// ends, which happens when whoever started it is gone, by kill -9 too.
const watchdog = `exec 3<&0
(cat <&3 >/dev/null; kill -9 0) &
"$@" 3<&- </dev/null
kill -9 0`

const config = `cluster.name: broadsheet-test
node.name: one
discovery.type: single-node
http.host: 127.0.0.1
transport.host: 127.0.0.1
http.port: %d
transport.port: %d
path.data: %s
path.logs: %s
%sresource.reload.interval.high: 200ms
xpack.security.enabled: true
xpack.security.enrollment.enabled: false
`

// Whether a node minds how full its disk is: the machine's it does not, a small one
// of its own soon.
const (
	anyDisk   = "cluster.routing.allocation.disk.threshold_enabled: false\n"
	smallDisk = "cluster.routing.allocation.disk.watermark: {low: 70%, high: 75%, flood_stage: 80%}\ncluster.info.update.interval: 10s\n"
)

// process is a node that runs as a process of ours.
type process struct {
	home, java string
	dir        string // config, data, logs
	data       string // where data are instead; "": in dir
	lock       *flock.Flock
	owner      *syscall.Credential // nil: ourselves
	port       int
	node       *Node

	mu    sync.Mutex
	users []fileUser
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan struct{}
}

// fileUser is a user of the file realm.
type fileUser struct{ name, hash, role string }

// dirPattern names the directories of nodes.
const dirPattern = "broadsheet-elasticsearch-"

func openProcess(home, java, data string) (*Node, error) {
	sweep()
	p := &process{home: home, java: java, data: data}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	p.port = ports[0]
	n := newNode(fmt.Sprintf("http://127.0.0.1:%d", p.port), p)
	n.Username, n.Password = "test-admin", rand.Text()
	p.node = n
	p.users = []fileUser{{n.Username, hash(n.Password), "superuser"}}
	if err := p.configure(ports[1]); err != nil {
		p.stop()
		return nil, err
	}
	if err := p.restart(); err != nil {
		p.stop()
		return nil, err
	}
	return n, nil
}

// sweep removes the directories of nodes whose test was killed.
func sweep() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPattern+"*"))
	for _, dir := range left {
		lock := flock.New(filepath.Join(dir, "lock"))
		if ok, err := lock.TryLock(); ok && err == nil {
			_ = os.RemoveAll(dir)
			_ = lock.Unlock()
		}
	}
}

// prepare makes the node's directory and finds out whom it runs as: Elasticsearch
// refuses to run as root.
func (p *process) prepare() error {
	if os.Geteuid() == 0 {
		p.owner = &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: false}
		if nobody, err := user.Lookup("nobody"); err == nil {
			uid, errUID := strconv.ParseUint(nobody.Uid, 10, 32)
			gid, errGID := strconv.ParseUint(nobody.Gid, 10, 32)
			if errUID == nil && errGID == nil {
				p.owner.Uid, p.owner.Gid = uint32(uid), uint32(gid)
			}
		}
	}
	// A directory is there for others to sweep only once it is locked.
	unlocked, err := os.MkdirTemp("", "new-"+dirPattern)
	if err != nil {
		return err
	}
	lock := flock.New(filepath.Join(unlocked, "lock"))
	if err := lock.Lock(); err != nil {
		return err
	}
	p.lock, p.dir = lock, filepath.Join(os.TempDir(), strings.TrimPrefix(filepath.Base(unlocked), "new-"))
	if err := os.Rename(unlocked, p.dir); err != nil {
		return err
	}
	if err := os.Chmod(p.dir, 0o755); err != nil {
		return err
	}
	for _, sub := range []string{"config", "data", "logs", "tmp"} {
		if err := os.Mkdir(filepath.Join(p.dir, sub), 0o700); err != nil {
			return err
		}
		if err := p.give(filepath.Join(p.dir, sub)); err != nil {
			return err
		}
	}
	return nil
}

// give makes a file the node's.
func (p *process) give(path string) error {
	if p.owner == nil {
		return nil
	}
	return os.Chown(path, int(p.owner.Uid), int(p.owner.Gid))
}

// configure writes the node's configuration, on the model of the build's own.
func (p *process) configure(transport int) error {
	for _, name := range []string{"jvm.options", "log4j2.properties"} {
		content, err := os.ReadFile(filepath.Join(p.home, "config", name))
		if err != nil {
			return err
		}
		if err := p.write(name, string(content)); err != nil {
			return err
		}
	}
	data, disk := filepath.Join(p.dir, "data"), anyDisk
	if p.data != "" {
		data, disk = p.data, smallDisk
		if err := p.give(data); err != nil {
			return err
		}
	}
	p.node.files = data
	settings := fmt.Sprintf(config, p.port, transport, data, filepath.Join(p.dir, "logs"), disk)
	if err := p.write("elasticsearch.yml", settings); err != nil {
		return err
	}
	return p.writeUsers()
}

// writeUsers writes the files of the file realm.
func (p *process) writeUsers() error {
	var users, usersRoles, roles strings.Builder
	for _, u := range p.users {
		fmt.Fprintf(&users, "%s:%s\n", u.name, u.hash)
		role := u.role
		if strings.HasPrefix(role, "{") {
			role = u.name + "-role"
			fmt.Fprintf(&roles, "%s: %s\n", role, strings.ReplaceAll(u.role, "\n", " "))
		}
		fmt.Fprintf(&usersRoles, "%s:%s\n", role, u.name)
	}
	return errors.Join(p.write("roles.yml", roles.String()), p.write("users", users.String()), p.write("users_roles", usersRoles.String()))
}

// write replaces a file of the configuration as a whole.
func (p *process) write(name, content string) error {
	path := filepath.Join(p.dir, "config", name)
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		return err
	}
	if err := p.give(path + ".new"); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (p *process) addUser(_ *Node, name, password, role string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users = append(p.users, fileUser{name, hash(password), role})
	return p.writeUsers()
}

func hash(password string) string {
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost) // of a password nobody needs to guess
	if err != nil {
		panic(err) // only of passwords that are too long
	}
	return string(h)
}

func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// restart starts the node and returns when it answers.
func (p *process) restart() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := exec.Command("sh", "-c", watchdog, "watchdog", filepath.Join(p.home, "bin", "elasticsearch"))
	c.Dir = p.dir
	c.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "ES_JAVA_HOME=" + p.java, "ES_PATH_CONF=" + filepath.Join(p.dir, "config"),
		"ES_TMPDIR=" + filepath.Join(p.dir, "tmp"), "ES_JAVA_OPTS=-Xms768m -Xmx768m", "CLI_JAVA_OPTS=-Xms16m -Xmx64m -XX:TieredStopAtLevel=1",
	}
	log, err := os.OpenFile(filepath.Join(p.dir, "output"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	c.Stdout, c.Stderr = log, log
	// A group of its own, so that all of it can be killed.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.owner}
	stdin, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("start Elasticsearch: %w", err)
	}
	p.cmd, p.stdin, p.ended = c, stdin, make(chan struct{})
	ended := p.ended
	go func() {
		defer close(ended)
		_ = c.Wait()
	}()
	if err := p.node.await(context.Background(), ended); err != nil {
		said, _ := os.ReadFile(filepath.Join(p.dir, "output"))
		return fmt.Errorf("%w\n%s", err, tail(said))
	}
	return nil
}

func (p *process) kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		err = nil
	}
	_ = p.stdin.Close()
	<-p.ended
	p.cmd = nil
	return err
}

func (p *process) stop() {
	_ = p.kill()
	_ = os.RemoveAll(p.dir)
	_ = p.lock.Unlock()
}
