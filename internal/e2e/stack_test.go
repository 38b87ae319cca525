// Package e2e has the proofs that need everything at once: an embedded Temporal,
// hosts, a store in a directory, and the sample site.
package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/activities"
	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/host"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/workflows"
)

// long skips a test that takes minutes unless it is asked for.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("HOLDFAST_LONG") == "" {
		t.Skip("takes minutes: set HOLDFAST_LONG=1")
	}
}

// stack is a whole installation: site, Temporal, store, and hosts as they are started.
type stack struct {
	t       *testing.T
	site    *samplesite.Site
	server  *temporalProcess
	client  client.Client
	folder  string // store/, scratch/
	store   store.Store
	log     *logBook
	limits  backup.Limits
	product backup.Product
	policy  string
	options backup.Options
	lacks   samplesite.Lacks             // what the site does not have from its start
	plain   bool                         // worker processes are without the race detector
	drill   string                       // id of the last drill's restore
	also    map[string]map[string]string // further credentials of worker processes
}

// setUp starts a site and a Temporal server, without any host.
func setUp(t *testing.T, site samplesite.Config, change ...func(*devserver.Config)) *stack {
	t.Helper()
	s := startSite(t, site)
	cfg := devserver.Config{SearchAttributes: cluster.SearchAttributes()}
	for _, f := range change {
		f(&cfg)
	}
	s.server = startTemporal(t, cfg)
	s.dial()
	s.openStore()
	return s
}

// startSite starts a site alone.
func startSite(t *testing.T, site samplesite.Config) *stack {
	t.Helper()
	s := &stack{t: t, folder: t.TempDir(), log: &logBook{}, limits: quickLimits(), options: backup.Options{Attachments: true}, lacks: site.Lacks}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.log.tail())
		}
	})
	var err error
	s.site, err = samplesite.New(site)
	require.NoError(t, err)
	require.NoError(t, s.site.Start(t.Context()))
	t.Cleanup(func() { _ = s.site.Close() })
	s.of(backup.Jira)
	return s
}

// of makes the stack's policy one of another product.
func (s *stack) of(product backup.Product) *stack {
	s.t.Helper()
	var err error
	s.product = product
	s.policy, err = backup.PolicyID(product, s.site.URL())
	require.NoError(s.t, err)
	return s
}

// dial connects to the server.
func (s *stack) dial() {
	s.t.Helper()
	c, _, err := cluster.Dial(s.t.Context(), cluster.Options{
		Address: s.server.Addr(), Namespace: s.server.Namespace(), Logger: slog.New(s.log.handler()),
	})
	require.NoError(s.t, err)
	s.t.Cleanup(c.Close)
	s.client = c
}

func (s *stack) openStore() {
	var err error
	s.store, err = dir.Open(filepath.Join(s.folder, "store"))
	require.NoError(s.t, err)
}

// quickLimits are the default limits with waits that a test can sit through.
func quickLimits() backup.Limits {
	l := backup.DefaultLimits()
	l.Heartbeat, l.HostTimeout = 6*time.Second, 6*time.Second
	l.ProbeAfter, l.ProbeMax = time.Second, 2*time.Second
	l.Deadline = 20 * time.Minute
	return l
}

// patience is how long a test waits for a run.
const patience = 30 * time.Minute

// credential is the name under which the hosts know the site's account.
const credential = "sample"

// hostConfig is a host of this installation.
func (s *stack) hostConfig(credentials map[string]atlassian.Credential) host.Config {
	return host.Config{
		Client: s.client, Store: s.store, Scratch: filepath.Join(s.folder, "scratch"), Slots: 4,
		Sites: activities.NewSites(activities.SitesConfig{
			Credentials: atlassian.StaticCredentials(credentials),
			Client:      atlassian.Config{RetryFor: 3 * time.Second, Backoff: 100 * time.Millisecond, Logger: slog.New(s.log.handler())},
		}),
		Installation: "e2e", StopTimeout: time.Second, Log: slog.New(s.log.handler()),
	}
}

func (s *stack) credentials() map[string]atlassian.Credential {
	return map[string]atlassian.Credential{credential: {Name: credential, Email: s.site.Email(), Token: s.site.Token()}}
}

// startHost starts a host in this process and stops it with the test.
func (s *stack) startHost(change ...func(*host.Config)) *host.Host {
	s.t.Helper()
	cfg := s.hostConfig(s.credentials())
	for _, f := range change {
		f(&cfg)
	}
	h, err := host.Start(s.t.Context(), cfg)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = h.Stop() })
	return h
}

// createPolicy saves the policy of the stack's site.
func (s *stack) createPolicy() {
	s.t.Helper()
	start := s.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: message.PolicyID(s.policy), TaskQueue: message.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, message.PolicyWorkflow, workflows.PolicyInput{})
	_, err := message.Configure.CallWithStart(s.ctx(), s.client, start, message.ConfigureInput{
		Policy: backup.Policy{
			ID: s.policy, Product: s.product, Site: s.site.URL(), CloudID: s.site.CloudID(),
			Credential: credential, Options: s.options, Limits: s.limits,
		},
	})
	require.NoError(s.t, err)
}

func (s *stack) ctx() context.Context {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	s.t.Cleanup(stop)
	return ctx
}

// begin starts a run.
func (s *stack) begin(change ...func(*message.RunBackupInput)) backup.Backup {
	s.t.Helper()
	in := message.RunBackupInput{RequestID: fmt.Sprint(time.Now().UnixNano()), By: "tester"}
	for _, f := range change {
		f(&in)
	}
	row, err := message.RunBackup.Call(s.ctx(), s.client, message.PolicyID(s.policy), in)
	require.NoError(s.t, err)
	return row
}

// finish waits for the end of a run and returns what the Policy says of it.
func (s *stack) finish(id string) backup.Backup {
	s.t.Helper()
	_ = s.client.GetWorkflow(s.ctx(), message.BackupID(id), "").Get(s.ctx(), nil)
	var row backup.Backup
	require.EventuallyWithT(s.t, func(c *assertT) {
		row = s.row(id)
		requireNot(c, row.Status, backup.InProgress)
	}, 30*time.Second, 100*time.Millisecond)
	return row
}

// run makes a backup from start to end.
func (s *stack) run(change ...func(*message.RunBackupInput)) backup.Backup {
	s.t.Helper()
	return s.finish(s.begin(change...).ID)
}

// row is what the Policy says of a backup.
func (s *stack) row(id string) backup.Backup {
	s.t.Helper()
	for _, b := range s.show().Backups {
		if b.ID == id {
			return b
		}
	}
	s.t.Fatalf("the policy does not know %s", id)
	return backup.Backup{}
}

// closedAs is how Temporal says that a run closed.
func (s *stack) closedAs(id string) enums.WorkflowExecutionStatus {
	s.t.Helper()
	d, err := s.client.DescribeWorkflowExecution(s.ctx(), message.BackupID(id), "")
	require.NoError(s.t, err)
	return d.GetWorkflowExecutionInfo().GetStatus()
}

// backupFolder is a backup's folder on disk.
func (s *stack) backupFolder(id string) string {
	return filepath.Join(s.folder, "store", filepath.FromSlash(archive.BackupDir(s.policy, id)))
}

// fast is a rate that a site announces which the throttle never reaches here: a
// test of a thousand requests need not take ten seconds.
const fast = 20_000
