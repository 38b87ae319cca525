package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// PolicyInput is a Policy's state; the zero value is one that has to be configured.
type PolicyInput struct {
	State PolicyState `json:"state"`
}

// PolicyState is all that a Policy knows. It is carried from run to run of the
// workflow; fields are only ever added. Times are absolute: timers are set anew.
type PolicyState struct {
	Policy backup.Policy `json:"policy"`
	// Backups are the last 100, oldest first, and all older ones that have bytes.
	Backups []backup.Backup `json:"backups,omitempty"`
	// Running is the id of the backup in progress.
	Running string `json:"running,omitempty"`
	// LastComplete is the start of the last COMPLETE backup. It outlives the
	// backup's row: deleting a backup does not reset the cadence (R1).
	LastComplete time.Time `json:"lastComplete,omitzero"`
	// CancelledBy is who asked for the end of the run in progress.
	CancelledBy string `json:"cancelledBy,omitempty"`
	// Answered are the last 100 requests that started a backup or a download, oldest first.
	Answered []AnsweredRequest `json:"answered,omitempty"`
	backup.Standing
	// Purge is whether the deletion of the policy deletes its backups, too.
	Purge bool `json:"purge,omitempty"`
	// Reads are who reads a backup now: it does not expire meanwhile.
	Reads []Read `json:"reads,omitempty"`
	// Retries are the deletions of backups that have failed and are tried again.
	Retries []Retry `json:"retries,omitempty"`
	// Removal is set once what the store has of a deleted policy is being removed.
	Removal *Retry `json:"removal,omitempty"`
	// Unwritten is set while the store does not take policy.json.
	Unwritten *Retry `json:"unwritten,omitempty"`
	Bell
	// Drills are the last drills that were recorded, oldest first.
	Drills []string `json:"drills,omitempty"`
	// Notices wait to be announced, oldest first.
	Notices []backup.Notice `json:"notices,omitempty"`
	// NoticeCount numbers the notices.
	NoticeCount int `json:"noticeCount,omitempty"`
	// Version grows with each change; Published is the one that policy.json has.
	Version   int64 `json:"version"`
	Published int64 `json:"published"`
	// Changed are the ids of the backups whose state.json is to follow, in the order
	// of their changes.
	Changed []string `json:"changed,omitempty"`
	// Imported is the version of policy.json from which the policy was rebuilt.
	Imported int64 `json:"imported,omitempty"`
}

// Read is something that reads a backup, until it says that it is through, or Until.
type Read struct {
	ID       string    `json:"id"` // of a workflow
	BackupID string    `json:"backupId"`
	Until    time.Time `json:"until"`
}

// Retry is something that has failed and is tried again.
type Retry struct {
	BackupID string    `json:"backupId,omitempty"`
	Since    time.Time `json:"since"` // of the first failure
	Tries    int       `json:"tries"` // that failed
	Next     time.Time `json:"next"`
	Reason   string    `json:"reason"`
}

// AnsweredRequest is a request and the backup that it started, or of which it
// prepared a download: asked again, it starts nothing.
type AnsweredRequest struct {
	RequestID string `json:"requestId"`
	BackupID  string `json:"backupId"`
}

// keptRows is how many backups and answered requests a policy remembers.
const keptRows = 100

// Policy is the life of a backup policy: the only gate through which its backups
// start (R1 to R3), the only place that knows of all of them, and the only owner
// of time (S5, L3). It changes its state in updates and signals and continues as
// new after each change.
func Policy(ctx workflow.Context, in PolicyInput) error {
	p := &policyRun{
		PolicyState: in.State, lock: workflow.NewMutex(ctx), startVersion: in.State.Version, deleting: make(map[string]bool),
	}
	if err := p.setup(ctx); err != nil {
		return err
	}
	return p.run(ctx)
}

type policyRun struct {
	PolicyState
	lock         workflow.Mutex
	startVersion int64           // Version when this run of the workflow began
	moved        bool            // the state has changed in what policy.json does not say
	settled      bool            // this run of the workflow may end
	signals      int             // reports that are being handled
	busy         int             // things under way that must not be cut off by continuing as new
	publishing   bool            // policy.json is being written
	lookNow      bool            // the run in progress is to be looked after without delay
	deleting     map[string]bool // the backups whose bytes are being deleted
	removed      bool            // the policy is over, and the store has nothing of it
}

func (p *policyRun) setup(ctx workflow.Context) error {
	p.show(ctx)
	for _, setup := range []func(workflow.Context) error{
		p.setupUpdates, p.setupLifecycle, p.setupBackups, p.setupReads, p.setupExpiry, p.setupDownloads, p.setupSchedule, p.setupDrills, p.setupNotices,
	} {
		if err := setup(ctx); err != nil {
			return err
		}
	}
	workflow.Go(ctx, p.receiveReports)
	workflow.Go(ctx, p.publish)
	workflow.Go(ctx, p.watchRun)
	workflow.Go(ctx, p.finish)
	// The last one: see settleDown.
	workflow.Go(ctx, p.settleDown)
	return nil
}

// unconfiguredLife is how long a Policy waits for its first Configure.
const unconfiguredLife = time.Minute

func (p *policyRun) run(ctx workflow.Context) error {
	if !p.configured() {
		ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: unconfiguredLife, TimerOptions: workflow.TimerOptions{Summary: "wait to be set up"},
		}, p.configured)
		if err == nil && !ok {
			// One that is setting its schedules up has come in time.
			err = workflow.Await(ctx, func() bool { return p.configured() || workflow.AllHandlersFinished(ctx) })
		}
		if err != nil || !p.configured() {
			return err
		}
	}
	if err := workflow.Await(ctx, func() bool { return p.settled }); err != nil {
		return err
	}
	if p.removed {
		return nil
	}
	return workflow.NewContinueAsNewError(ctx, message.PolicyWorkflow, PolicyInput{State: p.PolicyState})
}

// settleDown notes when this run of the workflow may end. It does so in the last of
// the coroutines and not in the first, which ends the run: what has just come, an
// event or a change by another one, has been seen by all others then.
func (p *policyRun) settleDown(ctx workflow.Context) {
	if workflow.Await(ctx, func() bool { return p.mayEnd(ctx) }) == nil {
		p.settled = true
	}
}

// longHistory is the number of events after which a Policy continues as new though
// nothing has changed: looking after a run and trying a deletion again add to them.
const longHistory = 1000

// mayEnd reports whether this run of the workflow is to end, and nothing is under way
// that its end would cut off. Writing policy.json may be, where the history has grown
// long: the next run writes it again.
func (p *policyRun) mayEnd(ctx workflow.Context) bool {
	long := workflow.GetInfo(ctx).GetCurrentHistoryLength() >= longHistory
	wanted := p.removed || p.configured() && (p.changed() || p.moved || long)
	written := p.removed || long || p.Published == p.Version && !p.publishing
	return wanted && written && p.signals == 0 && p.busy == 0 &&
		message.BackupFinished.Channel(ctx).Len() == 0 && message.DownloadChanged.Channel(ctx).Len() == 0 && workflow.AllHandlersFinished(ctx)
}

func (p *policyRun) configured() bool { return p.Policy.ID != "" }
func (p *policyRun) changed() bool    { return p.Version != p.startVersion }

// touch notes a change of state and shows it.
func (p *policyRun) touch(ctx workflow.Context) {
	p.Version++
	p.trim()
	p.show(ctx)
	p.upsert(ctx)
}

// move notes a change of state of which policy.json does not tell.
func (p *policyRun) move(ctx workflow.Context) {
	p.moved = true
	p.show(ctx)
}

// trim forgets the oldest backups and requests. A backup that has bytes is never
// forgotten: nobody would delete them.
func (p *policyRun) trim() {
	for over := len(p.Backups) - keptRows; over > 0; over-- {
		oldest := slices.IndexFunc(p.Backups, func(b backup.Backup) bool { return !p.lives(b) })
		if oldest < 0 {
			break
		}
		p.Backups = slices.Delete(slices.Clone(p.Backups), oldest, oldest+1)
	}
	if n := len(p.Answered) - keptRows; n > 0 {
		p.Answered = slices.Clone(p.Answered[n:])
	}
}

// lives reports whether there is something of b beside its details: its run, its
// bytes, those that still have to be deleted, or a download.
func (p *policyRun) lives(b backup.Backup) bool {
	return b.Status == backup.InProgress || backup.HasBytes(b) || toDelete(b) || openDownload(b)
}

// row is the backup of that id, nil where it is not remembered.
func (p *policyRun) row(id string) *backup.Backup {
	for i := range p.Backups {
		if p.Backups[i].ID == id {
			return &p.Backups[i]
		}
	}
	return nil
}

// locked makes the handler of an update: it takes the lock, asks the validator
// again, since much may have happened while it waited, and then does what is asked.
func locked[In, Out any](p *policyRun, validate func(workflow.Context, In) error, do func(workflow.Context, In) (Out, error)) func(workflow.Context, In) (Out, error) {
	return func(ctx workflow.Context, in In) (out Out, err error) {
		if err := p.lock.Lock(ctx); err != nil {
			return out, err
		}
		defer p.lock.Unlock()
		if err := validate(ctx, in); err != nil {
			return out, err
		}
		return do(ctx, in)
	}
}
