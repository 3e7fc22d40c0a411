package estest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os/exec"
	"strconv"
)

// container is a node that a Docker engine runs.
type container struct {
	docker, name string
	node         *Node
	watchdog     *exec.Cmd
	stdin        io.Closer
}

func openContainer(ctx context.Context, docker string) (*Node, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	c := &container{docker: docker, name: "broadsheet-test-" + rand.Text()[:12]}
	n := newNode("http://127.0.0.1:"+strconv.Itoa(ports[0]), c)
	n.Username, n.Password = "elastic", rand.Text()
	c.node = n
	// Whatever becomes of us, the container goes when our end of the pipe closes.
	c.watchdog = exec.Command("sh", "-c", `cat >/dev/null; "$0" rm -f -v "$1" >/dev/null 2>&1`, docker, c.name)
	if c.stdin, err = c.watchdog.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.watchdog.Start(); err != nil {
		return nil, err
	}
	err = c.command(ctx, "run", "-d", "--name", c.name, "-p", fmt.Sprintf("127.0.0.1:%d:9200", ports[0]), "-m", "2g",
		"-e", "discovery.type=single-node", "-e", "ES_JAVA_OPTS=-Xms768m -Xmx768m", "-e", "ELASTIC_PASSWORD="+n.Password,
		"-e", "xpack.security.http.ssl.enabled=false", "-e", "cluster.routing.allocation.disk.threshold_enabled=false",
		"elasticsearch:"+Version)
	if err == nil {
		err = n.await(ctx, nil)
	}
	if err != nil {
		c.stop()
		return nil, err
	}
	return n, nil
}

func (c *container) command(ctx context.Context, args ...string) error {
	if out, err := exec.CommandContext(ctx, c.docker, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("docker %s: %w\n%s", args[0], err, tail(out))
	}
	return nil
}

func (c *container) kill() error {
	ctx := context.Background()
	if err := c.command(ctx, "kill", "-s", "KILL", c.name); err != nil {
		return err
	}
	return c.command(ctx, "wait", c.name)
}

func (c *container) restart() error {
	if err := c.command(context.Background(), "start", c.name); err != nil {
		return err
	}
	return c.node.await(context.Background(), nil)
}

func (c *container) stop() {
	_ = c.stdin.Close()
	_ = c.watchdog.Wait()
}

func (c *container) addUser(n *Node, name, password, role string) error {
	return addNativeUser(n, name, password, role)
}
