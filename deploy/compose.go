// Package deploy reads the deployment that stands beside it, so that tests run
// the very commands and environments of docker-compose.yml without an engine.
package deploy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// Process is a container as a process: what runs, and with which variables.
type Process struct {
	Name    string   // of the service in the file
	Image   string   // what it runs in
	Command []string // program and arguments, as inside the container
	Env     map[string]string
	After   []string // services that must run, or have ended well, before it starts
}

// Load reads docker-compose.yml in dir with variables for what it leaves open.
// It fails where the compose specification, or a variable's ":?", does.
func Load(ctx context.Context, dir string, variables map[string]string) (*types.Project, error) {
	env := make([]string, 0, len(variables))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		env = append(env, name+"="+variables[name])
	}
	options, err := cli.NewProjectOptions([]string{filepath.Join(dir, "docker-compose.yml")}, cli.WithWorkingDirectory(dir), cli.WithEnv(env))
	if err != nil {
		return nil, fmt.Errorf("compose file in %s: %w", dir, err)
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return nil, fmt.Errorf("compose file in %s: %w", dir, err)
	}
	return project, nil
}

// Processes are a project's services, those that others wait for first.
func Processes(p *types.Project) ([]Process, error) {
	var out []Process
	err := p.ForEachService(nil, func(_ string, s *types.ServiceConfig) error {
		process := Process{Name: s.Name, Image: s.Image, Command: slices.Concat(s.Entrypoint, s.Command), Env: map[string]string{}}
		if len(s.Entrypoint) == 0 && s.Build != nil {
			process.Command = append([]string{"/bin/broadsheet"}, process.Command...) // the image's own entry point
		}
		for name, value := range s.Environment {
			if value != nil {
				process.Env[name] = *value
			}
		}
		process.After = slices.Sorted(maps.Keys(s.DependsOn))
		out = append(out, process)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("services: %w", err)
	}
	return ordered(out), nil
}

// ordered sorts processes by what they wait for; the file has no cycles, or it
// would not have been loaded.
func ordered(in []Process) []Process {
	slices.SortFunc(in, func(a, b Process) int { return cmp.Compare(a.Name, b.Name) })
	var out []Process
	placed := map[string]bool{}
	for len(out) < len(in) {
		for _, p := range in {
			if !placed[p.Name] && !slices.ContainsFunc(p.After, func(name string) bool { return !placed[name] }) {
				placed[p.Name] = true
				out = append(out, p)
			}
		}
	}
	return out
}
