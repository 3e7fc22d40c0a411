package client_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/client"
)

// Variables of a process that is to be killed.
const (
	victimURL  = "BROADSHEET_TEST_VICTIM"
	victimLog  = "BROADSHEET_TEST_VICTIM_LOG"
	victimMany = "BROADSHEET_TEST_VICTIM_MANY"
)

// victim follows with a durable name and writes what it has handled into a file.
func victim(url string) {
	log, err := os.OpenFile(os.Getenv(victimLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	c, err := connect(context.Background(), url)
	if err != nil {
		panic(err)
	}
	sub := client.Subscription{Durable: "victim"}
	many := os.Getenv(victimMany) != ""
	if many {
		sub.InFlight = 16
	}
	var mu sync.Mutex
	err = c.Follow(context.Background(), sub, func(_ context.Context, e client.Event) error {
		if many {
			time.Sleep(rand.N(5 * time.Millisecond)) // the work, uneven
		}
		mu.Lock()
		defer mu.Unlock()
		_, err := log.WriteString(line(e) + "\n")
		return err
	})
	panic(err)
}

// A follower that is killed goes on where it was: nothing is missing, and only
// what was in hand comes twice, in order.
func TestKilledFollower(t *testing.T) {
	for _, many := range []bool{false, true} {
		t.Run(fmt.Sprint("many ", many), func(t *testing.T) {
			s := start(t)
			log := filepath.Join(t.TempDir(), "handled")
			run := func() *exec.Cmd {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), victimURL+"="+s.URL, victimLog+"="+log)
				if many {
					cmd.Env = append(cmd.Env, victimMany+"=1")
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				return cmd
			}
			// Ten articles in twenty versions each: order matters.
			for version := 1; version <= 20; version++ {
				s.commit(key(t, "a", "2022-10-01", "1"), version, version, version, version, version, version, version, version, version, version)
			}
			want := s.stored()
			for _, kill := range []int{40, 90, 150} {
				cmd := run()
				await(t, "some are handled", func() bool { return len(lines(t, log)) >= kill })
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}
			cmd := run()
			await(t, "all are handled", func() bool { return len(distinct(lines(t, log))) == len(want) })
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			checkOrder(t, lines(t, log), want, many)
		})
	}
}

func checkOrder(t *testing.T, got, want []string, many bool) {
	t.Helper()
	twice := len(got) - len(want)
	if most := map[bool]int{false: 3, true: 3 * 16}[many]; twice < 0 || twice > most {
		t.Errorf("%d of %d came twice", twice, len(got))
	}
	if !many {
		same(t, "in order", distinct(got), want)
	}
	last := map[string]uint64{}
	for _, l := range got {
		uri := strings.Fields(l)[1]
		if sequenceOf(l) < last[uri] {
			t.Errorf("%s comes behind %d", l, last[uri])
		}
		last[uri] = sequenceOf(l)
	}
}

func lines(t *testing.T, path string) (out []string) {
	t.Helper()
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		out = append(out, scanner.Text())
	}
	return out
}

func distinct(in []string) (out []string) {
	seen := map[string]bool{}
	for _, l := range in {
		if !seen[l] {
			out = append(out, l)
		}
		seen[l] = true
	}
	return out
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
