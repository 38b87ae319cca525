package devserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/uuid"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// openDatabase makes the database where there is none, registers the namespace,
// and adds both to the settings. The function that it returns lets go of the
// file, for another process to use it.
func openDatabase(settings *config.Config, cfg Config) (release func(), err error) {
	db := &config.SQL{PluginName: sqlite.PluginName}
	release = func() {}
	if cfg.DBPath == "" {
		// The name tells the databases of several servers in one process apart.
		db.DatabaseName = uuid.NewString()
		db.ConnectAttributes = map[string]string{"mode": "memory", "cache": "shared"}
	} else {
		if release, err = lockDatabase(cfg.DBPath); err != nil {
			return release, err
		}
		db.DatabaseName = uriPath(cfg.DBPath)
		db.ConnectAttributes = map[string]string{
			"mode": "rwc", "journal_mode": "wal", "synchronous": "full", "busy_timeout": "10000",
		}
		if err := makeSchema(cfg.DBPath); err != nil {
			return release, err
		}
	}
	namespace, err := sqliteschema.NewNamespaceConfig(clusterName, cfg.Namespace, false, cfg.SearchAttributes)
	if err != nil {
		return release, fmt.Errorf("namespace %s: %w", cfg.Namespace, err)
	}
	namespace.Detail.Config.Retention = durationpb.New(cfg.Retention)
	if err := sqliteschema.CreateNamespaces(db, namespace); err != nil {
		return release, err
	}
	settings.Persistence.DataStores = map[string]config.DataStore{sqlite.PluginName: {SQL: db}}
	return release, nil
}

// uriPath is a path as SQLite takes it in a URI.
func uriPath(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

// makeSchema writes the tables into a file that does not exist. It writes under
// another name first: a file that is there is whole, also after a crash here.
func makeSchema(path string) error {
	_, err := os.Stat(path)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open the database: %w: check that it and its folder can be read", err)
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make the database: %w", err)
	}
	err = sqliteschema.SetupSchema(&config.SQL{
		PluginName: sqlite.PluginName, DatabaseName: uriPath(fresh),
		// The server's connections are never closed before the process ends, and
		// with a write-ahead log the tables would stay behind in the log.
		ConnectAttributes: map[string]string{"mode": "rwc", "journal_mode": "delete", "synchronous": "full"},
	})
	if err != nil {
		return fmt.Errorf("make the database %s: %w: check that its folder can be written", path, err)
	}
	// It names the site's projects: that is for its owner alone.
	if err := os.Chmod(fresh, 0o600); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder survive a loss of power.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return nil
}

// lockDatabase keeps a second process from serving the same file: both would
// believe that they own its workflows.
func lockDatabase(path string) (release func(), err error) {
	none := func() {}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return none, fmt.Errorf("lock the database: %w: check that %s exists and can be written", err, filepath.Dir(path))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return none, fmt.Errorf("the database %s is in use by another process (%w): stop that one first, or use another file", path, err)
	}
	return func() { _ = f.Close() }, nil
}
