package estest

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Version is the Elasticsearch that tests run on.
const Version = "8.19.7"

// The build of the server that Maven repositories have: the real one with few
// modules. What fetches it is pinned like the build itself.
const (
	artifact  = "org.elasticsearch.distribution.integ-test-zip:elasticsearch:" + Version + ":zip"
	fetchGoal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
	leastJava = 17
)

// The analysis filters of Chinese text, in a module that the build lacks.
//
//go:embed plugin/*.java
var pluginSources embed.FS

// missing is what keeps us from having an Elasticsearch, for people.
type missing struct{ what string }

func (m missing) Error() string { return m.what }

// install returns the directory of an unpacked Elasticsearch with the filters in
// it, and that of the JDK to run it with. What is there is used again, by any
// number of processes at once.
func install(ctx context.Context) (home, java string, err error) {
	if java, err = findJava(ctx); err != nil {
		return "", "", err
	}
	maven, err := exec.LookPath("mvn")
	if err != nil {
		return "", "", missing{"Maven (mvn) is not installed"}
	}
	cache, err := cacheDir()
	if err != nil {
		return "", "", err
	}
	sum := sha256.New()
	for _, name := range []string{"Bigram", "Width"} {
		source, err := pluginSources.ReadFile("plugin/" + name + ".java")
		if err != nil {
			return "", "", err
		}
		_, _ = sum.Write(source)
	}
	home = filepath.Join(cache, "elasticsearch-"+Version+"-"+hex.EncodeToString(sum.Sum(nil)[:4]))
	lock := flock.New(home + ".lock")
	if err := lock.Lock(); err != nil {
		return "", "", fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer func() { _ = lock.Unlock() }()
	if _, err := os.Stat(home); err == nil {
		return home, java, nil
	}
	unfinished := home + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return "", "", err
	}
	if err := download(ctx, maven, java, unfinished); err != nil {
		return "", "", err
	}
	if err := addPlugin(ctx, java, filepath.Join(unfinished, "elasticsearch-"+Version)); err != nil {
		return "", "", err
	}
	// It gets its name when it is whole.
	if err := os.Rename(filepath.Join(unfinished, "elasticsearch-"+Version), home); err != nil {
		return "", "", err
	}
	return home, java, os.RemoveAll(unfinished)
}

// cacheDir is where downloads stay between runs. As root it is a place that the
// user whom the server runs as can reach.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if os.Geteuid() == 0 {
		dir, err = "/var/cache", nil
	}
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "broadsheet-test")
	return dir, os.MkdirAll(dir, 0o755)
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

// findJava returns the directory of a JDK that is new enough and can compile.
func findJava(ctx context.Context) (string, error) {
	var candidates []string
	if home := os.Getenv("JAVA_HOME"); home != "" {
		candidates = append(candidates, filepath.Join(home, "bin", "javac"))
	}
	if path, err := exec.LookPath("javac"); err == nil {
		candidates = append(candidates, path)
	}
	for _, path := range candidates {
		path, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue
		}
		home := filepath.Dir(filepath.Dir(path))
		out, err := exec.CommandContext(ctx, filepath.Join(home, "bin", "java"), "-version").CombinedOutput()
		if err != nil {
			continue
		}
		if m := javaVersion.FindSubmatch(out); m != nil {
			if n, _ := strconv.Atoi(string(m[1])); n >= leastJava {
				return home, nil
			}
		}
	}
	return "", missing{fmt.Sprintf("no JDK of version %d or newer is installed (java and javac)", leastJava)}
}

// download fetches the build by Maven and unpacks it into a directory.
func download(ctx context.Context, maven, java, into string) error {
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, maven, "-B", "-q", fetchGoal, "-Dartifact="+artifact, "-DoutputDirectory="+into)
	c.Dir = into // no project of ours is meant
	c.Env = append(os.Environ(), "JAVA_HOME="+java)
	if out, err := c.CombinedOutput(); err != nil {
		return missing{fmt.Sprintf("Maven cannot fetch %s: %v\n%s", artifact, err, tail(out))}
	}
	return unzip(filepath.Join(into, "elasticsearch-"+Version+".zip"), into)
}

func unzip(archive, into string) error {
	r, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	for _, f := range r.File {
		if !filepath.IsLocal(f.Name) {
			return fmt.Errorf("%s: %s lies outside", archive, f.Name)
		}
		if err := unzipOne(f, filepath.Join(into, f.Name)); err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
	}
	return os.Remove(archive)
}

func unzipOne(f *zip.File, path string) (err error) {
	if f.FileInfo().IsDir() {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	mode := fs.FileMode(0o644)
	if f.Mode()&0o111 != 0 {
		mode = 0o755
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in) //nolint:gosec // a known archive
	return errors.Join(err, out.Close())
}

// addPlugin compiles the filters against the server's own libraries.
func addPlugin(ctx context.Context, java, home string) error {
	work, err := os.MkdirTemp("", "broadsheet-plugin-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	sources, err := fs.Sub(pluginSources, "plugin")
	if err != nil {
		return err
	}
	if err := os.CopyFS(work, sources); err != nil {
		return err
	}
	c := exec.CommandContext(ctx, filepath.Join(java, "bin", "javac"), "-nowarn", "--release", strconv.Itoa(leastJava),
		"-cp", filepath.Join(home, "lib", "*"), "-d", "classes", "Bigram.java", "Width.java")
	c.Dir = work
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("compile the analysis filters: %w\n%s", err, tail(out))
	}
	classes, err := jar(os.DirFS(filepath.Join(work, "classes")))
	if err != nil {
		return err
	}
	dir := filepath.Join(home, "plugins", "cjk")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"cjk.jar": classes,
		"stable-plugin-descriptor.properties": []byte("name=cjk\ndescription=Lucene's filters of Chinese text\nversion=1\n" +
			"elasticsearch.version=" + Version + "\njava.version=" + strconv.Itoa(leastJava) + "\n"),
		"named_components.json": []byte(`{"org.elasticsearch.plugin.analysis.TokenFilterFactory":{"cjk_bigram":"broadsheet.Bigram","cjk_width":"broadsheet.Width"}}`),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// jar packs files the way Java reads them.
func jar(files fs.FS) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(files); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// tail is the end of what a command printed.
func tail(out []byte) string {
	const most = 4000
	text := strings.TrimSpace(string(out))
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	return text
}
