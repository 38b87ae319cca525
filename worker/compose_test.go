package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	"github.com/urfave/cli"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/server/common/config"
	sqltool "go.temporal.io/server/tools/sql"

	"holdfast/internal/atlassian"
	"holdfast/internal/store/storeurl"
)

// What these tests hold docker-compose.yml, worker/Dockerfile and their examples
// to is what can be known without a Docker engine: they were never run here.

const repository = ".."

// project is docker-compose.yml as a team has it that copied the examples, with
// these settings of its own.
func project(t *testing.T, own map[string]string) *types.Project {
	t.Helper()
	dir := t.TempDir()
	for from, to := range map[string]string{
		"docker-compose.yml": "docker-compose.yml", "worker.env.example": "worker.env",
		"deploy/emulator.env": "deploy/emulator.env", "worker/Dockerfile": "worker/Dockerfile",
	} {
		content, err := os.ReadFile(filepath.Join(repository, from))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, to)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, to), content, 0o600))
	}
	env := example(t, ".env.example")
	maps.Copy(env, own)
	file := filepath.Join(dir, "docker-compose.yml")
	p, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, ConfigFiles: []types.ConfigFile{{Filename: file}}, Environment: env,
	}, func(o *loader.Options) { o.SetProjectName("holdfast", true) })
	require.NoError(t, err)
	p, err = p.WithServicesEnvironmentResolved(true)
	require.NoError(t, err)
	return p
}

// example reads one of the files that a team copies.
func example(t *testing.T, name string) map[string]string {
	t.Helper()
	values, err := dotenv.Read(filepath.Join(repository, name))
	require.NoError(t, err)
	return values
}

// environment is that of a service; what is empty counts as not set.
func environment(s types.ServiceConfig) map[string]string {
	set := make(map[string]string)
	for name, value := range s.Environment {
		if value != nil && *value != "" {
			set[name] = *value
		}
	}
	return set
}

var copied = map[string]string{"POSTGRES_PASSWORD": "secret"}

func TestComposeAsksForThePassword(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(repository, "docker-compose.yml"))
	require.NoError(t, err)
	_, err = loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: t.TempDir(), Environment: example(t, ".env.example"),
		ConfigFiles: []types.ConfigFile{{Filename: "docker-compose.yml", Content: content}},
	}, func(o *loader.Options) { o.SetProjectName("holdfast", true); o.SkipResolveEnvironment = true })
	require.ErrorContains(t, err, "set POSTGRES_PASSWORD")
}

func TestComposeStore(t *testing.T) {
	const emulator = "gcs:4443"
	for name, tc := range map[string]struct {
		own   map[string]string
		want  string
		names map[string]string
	}{
		"the emulator, unless told otherwise": {nil, "gs://holdfast", map[string]string{"STORAGE_EMULATOR_HOST": emulator}},
		"a bucket, by one variable":           {map[string]string{"HOLDFAST_STORE": "gs://acme-backups/holdfast"}, "gs://acme-backups/holdfast", nil},
		"a bucket and a key": {
			map[string]string{"HOLDFAST_STORE": "gs://acme-backups", "GOOGLE_KEY_FILE": "/etc/key.json"}, "gs://acme-backups",
			map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": "/run/secrets/google-key"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			own := maps.Clone(copied)
			maps.Copy(own, tc.own)
			p := project(t, own)
			env := environment(p.Services["worker"])
			require.Equal(t, tc.want, env["HOLDFAST_STORE"])
			for _, name := range []string{"STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"} {
				require.Equal(t, tc.names[name], env[name], name)
			}
			t.Setenv("STORAGE_EMULATOR_HOST", emulator) // the store is opened, not asked
			_, err := storeurl.Open(t.Context(), env["HOLDFAST_STORE"])
			require.NoError(t, err)
			require.Contains(t, p.Services["gcs"].Command, "-public-host="+emulator, "it answers to the name under which it is asked")
		})
	}
}

// workerSettings parses the worker's command line and environment as the worker does.
func workerSettings(t *testing.T, args []string, env map[string]string) settings {
	t.Helper()
	var s settings
	f := pflag.NewFlagSet("worker", pflag.ContinueOnError)
	s.register(f)
	require.NoError(t, f.Parse(args))
	require.NoError(t, fromEnvironment(f, func(name string) (string, bool) { v, ok := env[name]; return v, ok }))
	require.NoError(t, s.check())
	require.NotEmpty(t, s.store)
	require.NotEmpty(t, s.scratch)
	return s
}

func TestComposeWorker(t *testing.T) {
	p := project(t, copied)
	w := p.Services["worker"]
	env := environment(w)
	require.Empty(t, w.Entrypoint, "the image's is the worker")
	s := workerSettings(t, w.Command, env)

	require.Empty(t, w.ContainerName, "there may be several")
	require.Empty(t, w.Ports, "there may be several")
	require.True(t, w.ReadOnly)
	require.Equal(t, []string{"ALL"}, w.CapDrop)
	require.Contains(t, w.SecurityOpt, "no-new-privileges:true")
	require.Contains(t, w.Tmpfs, "/tmp")
	require.Greater(t, int64(*w.StopGracePeriod), int64(s.drain), "it is not killed while it drains")
	require.True(t, slices.ContainsFunc(w.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == s.scratch && v.Type == "volume" }))

	// Its health check is our own command: it must find the way to this worker.
	require.Equal(t, types.HealthCheckTest{"CMD", "/worker", "healthcheck"}, w.HealthCheck.Test)
	var stderr bytes.Buffer
	t.Setenv("HOLDFAST_METRICS_LISTEN", strings.Replace(env["HOLDFAST_METRICS_LISTEN"], "9464", "1", 1))
	require.Equal(t, exitFailed, run(w.HealthCheck.Test[2:], io.Discard, &stderr))
	require.Contains(t, stderr.String(), "127.0.0.1:1/readyz", "it asks where the worker listens")
}

// TestComposeNames states: no name is misspelt, and none that the worker reads
// is out of reach.
func TestComposeNames(t *testing.T) {
	w := project(t, copied).Services["worker"]
	reads := map[string]bool{"STORAGE_EMULATOR_HOST": true, "GOOGLE_APPLICATION_CREDENTIALS": true}
	var s settings
	f := pflag.NewFlagSet("worker", pflag.ContinueOnError)
	s.register(f)
	f.VisitAll(func(flag *pflag.Flag) {
		name := environmentName(flag.Name)
		reads[name] = true
		if strings.HasPrefix(name, "HOLDFAST_") {
			require.Contains(t, w.Environment, name, "--%s is out of reach", flag.Name)
		}
	})
	credential := regexp.MustCompile(`^HOLDFAST_CREDENTIAL_[A-Z0-9_]+_(EMAIL|TOKEN|GATEWAY)$`)
	for name := range w.Environment {
		if !credential.MatchString(name) {
			require.True(t, reads[name], "the worker does not read %s", name)
		}
	}

	// Temporal's own are read by its library.
	profile, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{
		DisableFile: true, EnvLookup: lookup(environment(w)),
	})
	require.NoError(t, err)
	require.Equal(t, []string{"temporal:7233", "holdfast"}, []string{profile.Address, profile.Namespace})
}

// lookup is an environment of its own.
type lookup map[string]string

// LookupEnv implements envconfig.EnvLookup.
func (l lookup) LookupEnv(name string) (string, bool) { v, ok := l[name]; return v, ok }

// Environ implements envconfig.EnvLookup.
func (l lookup) Environ() []string {
	var all []string
	for name, value := range l {
		all = append(all, name+"="+value)
	}
	return all
}

func TestComposeCredentials(t *testing.T) {
	for name, value := range example(t, "worker.env.example") {
		t.Setenv(name, value)
	}
	known, err := atlassian.LoadCredentials("")
	require.NoError(t, err)
	got, err := known.Lookup("acme")
	require.NoError(t, err)
	require.Equal(t, "backup@acme.example", got.Email)
	require.NotEmpty(t, got.Token)
	require.False(t, got.Gateway)
}

// TestExamplesNameWhatComposeReads states: each setting of .env.example has an
// effect, and each variable of docker-compose.yml is in it.
func TestExamplesNameWhatComposeReads(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(repository, "docker-compose.yml"))
	require.NoError(t, err)
	read := make(map[string]string)
	for _, m := range regexp.MustCompile(`[^$]\$\{([A-Z_]+)`).FindAllStringSubmatch(string(content), -1) {
		read[m[1]] = ""
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(read)), slices.Collect(maps.Keys(example(t, ".env.example"))))
}

func TestComposeTemporal(t *testing.T) {
	p := project(t, copied)
	// The server makes its configuration of the environment alone.
	for name, value := range environment(p.Services["temporal"]) {
		t.Setenv(name, value)
	}
	cfg, err := config.Load(config.WithEmbedded())
	require.NoError(t, err)
	for store, database := range map[string]string{cfg.Persistence.DefaultStore: "temporal", cfg.Persistence.VisibilityStore: "temporal_visibility"} {
		sql := cfg.Persistence.DataStores[store].SQL
		require.Equal(t, []string{"postgres12", "postgresql:5432", "temporal", "secret", database},
			[]string{sql.PluginName, sql.ConnectAddr, sql.User, sql.Password, sql.DatabaseName})
	}
	require.EqualValues(t, 64, cfg.Persistence.NumHistoryShards)
	require.Equal(t, "0.0.0.0", cfg.Services["frontend"].RPC.BindOnIP)
	mounted := p.Services["temporal"].Configs[0]
	require.Equal(t, cfg.DynamicConfigClient.Filepath, mounted.Target, "the server does not start without this file")
	require.NotEmpty(t, p.Configs[mounted.Source].Content)

	// Every name is one that its configuration has.
	template, err := os.ReadFile(filepath.Join(moduleDir(t, "go.temporal.io/server"), "common", "config", "config_template_embedded.yaml"))
	require.NoError(t, err)
	for name := range p.Services["temporal"].Environment {
		require.Contains(t, string(template), `"`+name+`"`, "the server does not read %s", name)
	}
	template, err = os.ReadFile(filepath.Join(moduleDir(t, "github.com/temporalio/ui-server/v2"), "config", "docker.yaml"))
	require.NoError(t, err)
	for name := range p.Services["temporal-ui"].Environment {
		require.Contains(t, string(template), `"`+name+`"`, "the Web UI does not read %s", name)
	}
	require.Equal(t, environment(p.Services["temporal-namespace"])["TEMPORAL_NAMESPACE"], environment(p.Services["worker"])["TEMPORAL_NAMESPACE"])
	require.Contains(t, strings.Join(p.Services["temporal-namespace"].Command, ""), "--retention 720h", "30 days: no worker warns")
	for _, name := range []string{"temporal", "temporal-ui"} {
		for _, port := range p.Services[name].Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, "%s asks nobody who they are", name)
		}
	}
}

// The commands that make the schema are parsed by the tool itself.
func TestComposeSchema(t *testing.T) {
	s := project(t, copied).Services["temporal-schema"]
	for name, value := range environment(s) {
		t.Setenv(name, value)
	}
	lines := regexp.MustCompile(`temporal-sql-tool .*`).FindAllString(strings.Join(s.Command, "\n"), -1)
	require.Len(t, lines, 3)
	var made []string
	for _, line := range lines {
		app := sqltool.BuildCLIOptions()
		for i := range app.Commands {
			name := app.Commands[i].Name
			app.Commands[i].Action = func(*cli.Context) { made = append(made, name) }
		}
		line = strings.NewReplacer("$$1", "temporal", "$1", "temporal", "$$2", "temporal", "$2", "temporal", `"`, "").Replace(line)
		require.NoError(t, app.Run(strings.Fields(line)), line)
	}
	require.Equal(t, []string{"create-database", "setup-schema", "update-schema"}, made)
	for _, folder := range []string{"temporal", "visibility"} {
		require.DirExists(t, filepath.Join(moduleDir(t, "go.temporal.io/server"), "schema", "postgresql", "v12", folder, "versioned"))
	}
}

// TestImagesArePinned states: every image has a tag, no host, and the version
// that the tests of this repository know.
func TestImagesArePinned(t *testing.T) {
	want := map[string]string{
		"temporalio/server":      moduleVersion(t, "go.temporal.io/server"),
		"temporalio/admin-tools": moduleVersion(t, "go.temporal.io/server"),
		"temporalio/ui":          moduleVersion(t, "github.com/temporalio/ui-server/v2"),
		"fsouza/fake-gcs-server": moduleVersion(t, "github.com/fsouza/fake-gcs-server"),
	}
	for name, s := range project(t, copied).Services {
		if s.Build != nil {
			continue
		}
		image, tag, tagged := strings.Cut(s.Image, ":")
		require.True(t, tagged, "%s has no tag", name)
		require.NotEqual(t, "latest", tag)
		require.NotContains(t, strings.Split(image, "/")[0], ".", "%s names a host", name)
		if version, known := want[image]; known {
			require.Equal(t, version, tag, name)
		}
		require.True(t, s.Restart == "unless-stopped" || strings.HasPrefix(s.Restart, "on-failure"), name)
		if s.Restart == "unless-stopped" && name != "temporal-ui" {
			require.NotNil(t, s.HealthCheck, name)
		}
	}
}

func TestDockerfile(t *testing.T) {
	content, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	text := string(content)
	mod, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	require.NoError(t, err)
	goVersion := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(mod)
	require.NotNil(t, goVersion)
	require.Contains(t, text, "ARG GO_VERSION="+string(goVersion[1])+"\n", "the Go version of go.mod")

	var from []string
	args := map[string]bool{}
	var user, entrypoint string
	for line := range strings.Lines(text) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "FROM":
			from, user = append(from, rest), ""
		case "ARG":
			name, _, set := strings.Cut(rest, "=")
			require.True(t, set, "build argument %s has a default", name)
			args[name] = true
		case "USER":
			user = rest
		case "ENTRYPOINT":
			entrypoint = rest
		}
	}
	require.Equal(t, []string{"golang:${GO_VERSION} AS build", "scratch"}, from, "pinned, and nothing but the program in the end")
	require.Regexp(t, `^[1-9]\d+:[1-9]\d+$`, user, "no root, by number: the image has no names")
	w := project(t, copied).Services["worker"]
	require.Equal(t, user, w.User)
	require.Equal(t, `["`+w.HealthCheck.Test[1]+`"]`, entrypoint)
	require.Equal(t, "worker/Dockerfile", filepath.ToSlash(w.Build.Dockerfile))
	for name := range w.Build.Args {
		require.True(t, args[name], "the Dockerfile has no build argument %s", name)
	}
	scratch := workerSettings(t, nil, environment(w)).scratch
	require.Contains(t, text, "--chown="+user+" /out/scratch "+scratch, "a volume takes over whose folder it is")

	build := regexp.MustCompile(`go build (.*) \./worker`).FindStringSubmatch(text)
	require.NotNil(t, build)
	// Only planned (-n): compiling all of it without cgo takes minutes.
	plan := append(append([]string{"build", "-n"}, strings.Fields(build[1])...), ".")
	cmd := exec.CommandContext(t.Context(), "go", plan...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestSecretsAreIgnored(t *testing.T) {
	for _, ignore := range []string{".gitignore", ".dockerignore"} {
		content, err := os.ReadFile(filepath.Join(repository, ignore))
		require.NoError(t, err)
		for _, name := range []string{".env", "worker.env"} {
			require.Regexp(t, `(?m)^/?`+regexp.QuoteMeta(name)+`$`, string(content), ignore)
		}
	}
}

func moduleDir(t *testing.T, module string) string { return listModule(t, module, "{{.Dir}}") }
func moduleVersion(t *testing.T, module string) string {
	return strings.TrimPrefix(listModule(t, module, "{{.Version}}"), "v")
}

func listModule(t *testing.T, module, format string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", format, module).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}
