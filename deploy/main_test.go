package deploy

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"go.uber.org/goleak"

	"broadsheet/services/index/elastic/estest"
)

// bin has the programs of the image, built as the Dockerfile says.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "broadsheet-deploy")
	if err == nil {
		bin = dir
		err = Build(context.Background(), ".", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	goleak.VerifyTestMain(estest.Tests(m), goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// example is deploy/.env.example with every password filled in.
func example(t *testing.T) map[string]string {
	t.Helper()
	variables, err := Example(".")
	if err != nil {
		t.Fatal(err)
	}
	return variables
}

func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := Load(t.Context(), ".", example(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func processes(t *testing.T) map[string]Process {
	t.Helper()
	list, err := Processes(project(t))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Process{}
	for _, p := range list {
		out[p.Name] = p
	}
	return out
}

// program is where a container's program was built to.
func program(t *testing.T, p Process) string {
	t.Helper()
	name, ok := strings.CutPrefix(p.Command[0], "/bin/")
	if !ok {
		t.Fatalf("%s runs %v, which the image does not have", p.Name, p.Command)
	}
	return filepath.Join(bin, name)
}

// output runs a program with nothing but the variables given.
func output(ctx context.Context, variables map[string]string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = []string{"HOME=/nowhere"}
	for k, v := range variables {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}
