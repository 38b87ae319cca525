package main

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDevDir(t *testing.T) {
	open := func(t *testing.T, path, store string) *devDir {
		t.Helper()
		d, err := openDevDir(path, store)
		require.NoError(t, err)
		t.Cleanup(func() { _ = d.close() })
		return d
	}
	refused := func(t *testing.T, path, store string) string {
		t.Helper()
		_, err := openDevDir(path, store)
		require.Error(t, err)
		require.Contains(t, err.Error(), "--data", "it says what to do")
		return err.Error()
	}
	t.Run("the default is the user's folder for data", func(t *testing.T) {
		home := t.TempDir()
		t.Setenv("XDG_DATA_HOME", home)
		d := open(t, "", "")
		require.Equal(t, filepath.Join(home, "holdfast"), d.path)
		require.Equal(t, "file://"+home+"/holdfast/store", d.store())
	})
	t.Run("only its owner can read what is in it", func(t *testing.T) {
		d := open(t, filepath.Join(t.TempDir(), "data"), "")
		for path, mode := range map[string]os.FileMode{d.path: 0o700, d.credentials(): 0o600, filepath.Join(d.path, devFile): 0o600} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, mode, info.Mode().Perm(), path)
		}
	})
	t.Run("a second one is refused while the first one is open", func(t *testing.T) {
		path := t.TempDir()
		first := open(t, path, "")
		require.Contains(t, refused(t, path, ""), "in use by another 'holdfast dev' (process ")
		require.NoError(t, first.close())
		require.Equal(t, first.Installation, open(t, path, "").Installation, "and it stays who it is")
	})
	t.Run("a database of another server stays, and the policies are imported into a new one", func(t *testing.T) {
		path := t.TempDir()
		d := open(t, path, "")
		other := filepath.Join(path, "temporal-0.30.db")
		require.NoError(t, os.WriteFile(other, nil, 0o600))
		d.OpenedBy, d.ServedBy = "holdfast v0.0.9", "0.30.4"
		require.NoError(t, d.begin("127.0.0.1:7233"))
		require.NoError(t, d.close())
		for range 2 { // also where the first start was cut off before it made the new one
			d = open(t, path, "")
			require.True(t, d.Import)
			require.Equal(t, []string{other}, d.left)
			require.Equal(t, filepath.Join(path, databaseName()), d.database())
			require.NoError(t, d.close())
		}
		require.NoError(t, os.WriteFile(d.database(), nil, 0o600))
		d = open(t, path, "")
		require.True(t, d.Import, "cut off before the import")
		require.NoError(t, d.imported())
		require.NoError(t, d.close())
		d = open(t, path, "")
		require.False(t, d.Import)
		require.Equal(t, []string{other}, d.left, "it stays")
	})
	t.Run("a database that is older than the last one is refused", func(t *testing.T) {
		path := t.TempDir()
		d := open(t, path, "")
		other := filepath.Join(path, "temporal-9.99.db")
		for _, file := range []string{other, d.database()} {
			require.NoError(t, os.WriteFile(file, nil, 0o600))
		}
		d.OpenedBy, d.ServedBy = "holdfast v9.0.0", "9.99.1"
		require.NoError(t, d.begin("127.0.0.1:7233"))
		require.NoError(t, d.close())
		for range 2 {
			said := refused(t, path, "")
			require.Contains(t, said, d.database()+" is older than "+other)
			require.Contains(t, said, "holdfast v9.0.0", "a refusal does not count as opened")
		}
		require.NoError(t, os.Remove(d.database()))
		require.True(t, open(t, path, "").Import)
	})
	t.Run("the store of the first start is kept to", func(t *testing.T) {
		path, store := t.TempDir(), fileURL(filepath.Join(t.TempDir(), "backups"))
		require.NoError(t, open(t, path, store).close())
		d := open(t, path, "")
		require.Equal(t, store, d.store())
		require.NoError(t, d.close())
		require.NoError(t, open(t, path, store).close())
		require.Contains(t, refused(t, path, "file:///elsewhere"), "are in "+store)
	})
	t.Run("a folder that is moved takes its store along", func(t *testing.T) {
		parent := t.TempDir()
		require.NoError(t, open(t, filepath.Join(parent, "old"), "").close())
		require.NoError(t, os.Rename(filepath.Join(parent, "old"), filepath.Join(parent, "new")))
		require.Equal(t, fileURL(filepath.Join(parent, "new", "store")), open(t, filepath.Join(parent, "new"), "").store())
	})
	t.Run("a database without its settings is refused", func(t *testing.T) {
		path := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(path, databaseName()), nil, 0o600))
		require.Contains(t, refused(t, path, ""), devFile)
	})
	t.Run("a database that is missed is not begun anew", func(t *testing.T) {
		path := t.TempDir()
		require.NoError(t, open(t, path, "").close(), "a start that ended before there was one")
		d := open(t, path, "")
		require.NoError(t, os.WriteFile(d.database(), nil, 0o600))
		require.NoError(t, d.begin("127.0.0.1:7233"))
		require.NoError(t, d.close())
		require.NoError(t, open(t, path, "").close())
		require.NoError(t, os.Remove(d.database()))
		require.Contains(t, refused(t, path, ""), d.database()+" is gone")
	})
	t.Run("credentials that are there are left alone", func(t *testing.T) {
		path := t.TempDir()
		file := filepath.Join(path, "credentials.json")
		require.NoError(t, os.WriteFile(file, []byte(`{"acme": {"token": "x"}}`), 0o600))
		open(t, path, "")
		require.Equal(t, []string{"acme", "beta"}, credentialNames(file, []string{"HOLDFAST_CREDENTIAL_BETA_TOKEN=x", "HOLDFAST_CREDENTIAL_C_EMAIL=x", "A_TOKEN=b"}))
	})
}

func TestDevPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, taken, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	data := t.TempDir()
	for flag, args := range map[string][]string{
		"--port":    {"--port", taken, "--ui-port", freePort(t)},
		"--ui-port": {"--port", freePort(t), "--ui-port", taken},
	} {
		got := holdfast(t, append([]string{"dev", "--data", data}, args...)...)
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "another process listens on "+l.Addr().String())
		require.Regexp(t, "choose another port with "+flag+"\n$", got.err)
	}
}

func TestUsualAddress(t *testing.T) {
	t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "none.toml"))
	for name, tc := range map[string]struct {
		env, at string
		want    bool
	}{
		"the default":               {"", "127.0.0.1:7233", true},
		"another port":              {"", "127.0.0.1:7234", false},
		"another cluster":           {"temporal.acme.example:7233", "127.0.0.1:7233", false},
		"the same, by another name": {"localhost:7300", "127.0.0.1:7300", true},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.env != "" {
				t.Setenv("TEMPORAL_ADDRESS", tc.env)
			}
			require.Equal(t, tc.want, usual(tc.at))
		})
	}
}

func TestDemoThatDoesNotBeginLeavesNoFolder(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	got := holdfast(t, "demo", "--fixtures", filepath.Join(temp, "none"))
	require.Equal(t, exitFailed, got.code)
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}
