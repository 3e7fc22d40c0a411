package examples

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

// need ends a test without a program that it needs: skipped, or failed where
// everything has to be there.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		missing(t, fmt.Errorf("there is no %s on this machine", program))
	}
	return path
}

func missing(t *testing.T, why error) {
	t.Helper()
	if os.Getenv("REQUIRE_EXAMPLES") != "" {
		t.Fatalf("REQUIRE_EXAMPLES is set, and %v", why)
	}
	t.Skipf("NOT TESTED: %v", why)
}

// prepared returns a directory outside the tree that make has filled, once for
// each content of the files that say what goes in.
func prepared(t *testing.T, name string, pinned []string, make func(dir string) error) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	hash := sha256.New()
	for _, file := range pinned {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = hash.Write(data)
	}
	base := filepath.Join(cache, "broadsheet-test")
	dir := filepath.Join(base, name+"-"+hex.EncodeToString(hash.Sum(nil))[:16])
	if err := os.MkdirAll(base, 0o755); err != nil {
		t.Fatal(err)
	}
	lock := flock.New(dir + ".lock")
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Unlock() }()
	done := filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return dir
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := make(dir); err != nil { // no network, or a part of the language is missing
		missing(t, err)
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func command(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return nil
}

// python returns the interpreter of an environment with the pinned packages.
func python(t *testing.T) string {
	t.Helper()
	system := need(t, "python3")
	dir := prepared(t, "python", []string{"python/requirements.txt"}, func(dir string) error {
		requirements, err := filepath.Abs("python/requirements.txt")
		if err != nil {
			return err
		}
		if err := command(dir, system, "-m", "venv", "."); err != nil {
			return err
		}
		return command(dir, filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements)
	})
	return filepath.Join(dir, "bin", "python")
}

// node returns a directory with the scripts of a directory and, beside them, the
// packages of its lock file.
func node(t *testing.T, source string) string {
	t.Helper()
	need(t, "node")
	npm := need(t, "npm")
	pinned := []string{filepath.Join(source, "package.json"), filepath.Join(source, "package-lock.json")}
	dir := prepared(t, source, pinned, func(dir string) error {
		if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
			return err
		}
		return command(dir, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	})
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "node_modules"), filepath.Join(work, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return work
}

// golang returns a directory with the programs of go/.
func golang(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := command(".", "go", "build", "-buildvcs=false", "-o", dir+"/", "./go/..."); err != nil {
		t.Fatal(err)
	}
	return dir
}
