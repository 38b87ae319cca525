package e2e

import (
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/tools/common/schema"
	sqltool "go.temporal.io/server/tools/sql"
)

// requirePostgres is the environment variable that makes a missing PostgreSQL a failure instead of a skip.
const requirePostgres = "HOLDFAST_REQUIRE_POSTGRES"

// postgresPrograms is the folder of the newest PostgreSQL that Debian's package installed.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	require.NoError(t, err)
	if len(found) == 0 {
		if os.Getenv(requirePostgres) != "" {
			t.Fatal("PostgreSQL is required: apt-get install postgresql")
		}
		t.Skip("PostgreSQL is not installed: apt-get install postgresql")
	}
	release := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return release(a) - release(b) })
	return filepath.Dir(newest)
}

// postgres is a PostgreSQL of this test alone, on a port of 127.0.0.1.
type postgres struct{ Address string }

// startPostgres makes a database cluster in a folder of its own and serves it
// until the test ends. Nothing of the system's own PostgreSQL is touched.
func startPostgres(t *testing.T) postgres {
	t.Helper()
	programs := postgresPrograms(t)
	// Not below t.TempDir, which is this user's alone.
	folder, err := os.MkdirTemp("", "holdfast-postgres-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	as := postgresUser(t, folder)
	run := func(name string, arg ...string) *exec.Cmd {
		cmd := exec.Command(name, arg...)
		cmd.Dir, cmd.SysProcAttr = folder, as
		return cmd
	}
	data := filepath.Join(folder, "data")
	out, err := run(filepath.Join(programs, "initdb"), "--pgdata", data, "--username", "temporal",
		"--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync").CombinedOutput()
	require.NoError(t, err, "%s", out)

	port := freePort(t)
	var said logBook
	// The shell ends PostgreSQL when its own input ends: also where this process
	// is killed. Without fsync a loss of power would cost data, a kill does not.
	serve := run("/bin/sh", "-c", `"$@" </dev/null & read -r _; kill -QUIT $!; wait $!`, "sh",
		filepath.Join(programs, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=200")
	serve.Stdout, serve.Stderr = &said, &said
	lifeline, err := serve.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, serve.Start())
	t.Cleanup(func() {
		_ = lifeline.Close()
		_ = serve.Wait()
		if t.Failed() {
			t.Log("PostgreSQL said:\n" + said.tail())
		}
	})
	ready := func() bool {
		return run(filepath.Join(programs, "pg_isready"), "-q", "-U", "temporal", "-d", "postgres", "-h", "127.0.0.1", "-p", strconv.Itoa(port)).Run() == nil
	}
	require.Eventually(t, ready, time.Minute, 50*time.Millisecond, "PostgreSQL does not answer")
	return postgres{Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
}

// postgresUser gives the folder to the account under which PostgreSQL runs: it
// refuses root. Its package makes one named postgres.
func postgresUser(t *testing.T, folder string) *syscall.SysProcAttr {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	require.NoError(t, err)
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	require.NoError(t, err)
	require.NoError(t, os.Chown(folder, int(uid), int(gid)))
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// freePort finds a port below those of outgoing connections: one of theirs may
// be in use a moment later.
func freePort(t *testing.T) int {
	t.Helper()
	for range 1000 {
		port := 12000 + rand.IntN(20000)
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// The databases of a Temporal server, with the folders of their tables in its schema.
var (
	stateDatabase      = temporalDatabase{"temporal", "postgresql/v12/temporal"}
	visibilityDatabase = temporalDatabase{"temporal_visibility", "postgresql/v12/visibility"}
)

type temporalDatabase struct{ name, schema string }

// sql is how the server reaches a database.
func (p postgres) sql(name string) config.SQL {
	return config.SQL{
		PluginName: postgresql.PluginName, ConnectAddr: p.Address, User: "temporal", DatabaseName: name,
		MaxConns: 10, MaxIdleConns: 10,
	}
}

// writeTables makes the databases of a Temporal server, by the same steps as
// temporal-sql-tool: create-database, setup-schema and update-schema.
func (p postgres) writeTables(t *testing.T) {
	t.Helper()
	logger := log.NewNoopLogger()
	for _, db := range []temporalDatabase{stateDatabase, visibilityDatabase} {
		cfg := p.sql(db.name)
		require.NoError(t, sqltool.DoCreateDatabase(&cfg, "postgres", logger))
		cfg = p.sql(db.name)
		conn, err := sqltool.NewConnection(&cfg, logger)
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, schema.NewSetupSchemaTask(conn, &schema.SetupConfig{InitialVersion: "0.0"}, logger).Run())
		require.NoError(t, schema.NewUpdateSchemaTask(conn, &schema.UpdateConfig{DBName: db.name, SchemaName: db.schema}, logger).Run())
	}
}
