// Written by scripts/api-types from the API's description; not by hand.
export type Actor = { instance: string; path: string; name: string; kind: string; supervisor: boolean; state: ActorState; condition: string | null; restart: string; epoch: number; uptime_ms: number; restarts: number; budget_left: number | null; budget_max: number | null; budget_within_ms: number | null; last_exit: ActorExit | null; last_exit_at: string | null; mailbox_depth: number; mailbox_capacity: number; handled: number; cancelled: number; in_flight: number; current: ActorCurrent | null; loops: ActorLoop[]; dynamic: ActorDynamic | null; wait_p50_us: number; wait_p99_us: number; handle_p50_us: number; handle_p99_us: number; arbiter: number };
export type ActorCommand = { epoch: number | null; reason: string; delay_ms: number | null; for_ms: number | null };
export type ActorCommandSent = { command: string; actor: Actor };
export type ActorCurrent = { message: string; for_ms: number };
export type ActorDynamic = { living: number; working: number; parked: number; started: number; passivated: number; panicked: number; hung: number };
export type ActorEffect = { verb: string; allowed: boolean; text_key: ActorFate; restarts_left: number | null; window_ms: number | null; fails: boolean; failing: string | null; takes_down: string[]; queued: number };
export type ActorEffects = { epoch: number; supervisor: string | null; hang_after_ms: number | null; verbs: ActorEffect[] };
export type ActorExit = { kind: string; detail: string | null };
export type ActorFate = "none" | "replaced" | "closed" | "supervisor_fails" | "process_ends" | "stands_still" | "goes_on";
export type ActorHistory = { step_ms: number; samples: ActorSample[]; exits: ActorPastExit[]; messages: ActorMessages[] };
export type ActorLoop = { name: string; rounds: number; per_second: number; doing: string | null; for_ms: number };
export type ActorMessages = { message: string; handled: number; p50_us: number; p99_us: number };
export type ActorPastExit = { at: string; epoch: number; kind: string; detail: string | null };
export type ActorSample = { at: string; depth: number; handled_per_second: number; wait_p99_us: number | null; handle_p99_us: number | null; restarts: number };
export type ActorState = "starting" | "running" | "suspended" | "stopping" | "backoff" | "closed";
export type ActorVerb = "stop" | "kill" | "panic" | "hang" | "block" | "slow" | "restart" | "suspend" | "resume";
export type Address = { street: string; number: string; complement: string | null; city: string; state: string; zip_code: string; country: string };
export type AddressInput = { street: string; number: string; complement: string | null; city: string; state: string; zip_code: string; country: string };
export type Aggregate = { order_id: string; shard: string; instance: string; age_ms: number; idle_ms: number; mailbox_depth: number; state: AggregateState };
export type AggregateOrder = "age" | "depth";
export type AggregateState = "idle" | "working";
export type Amount = number;
export type AmountInput = number | string;
export type AnsweringInstance = { id: string; version: string };
export type Attention = { kind: AttentionKind; count: number; target: string };
export type AttentionKind = "dead_letters" | "manual_orders" | "open_breaker" | "stale_instance" | "exhausted_budget" | "silent_drivers";
export type AuditEntry = { id: number; at: string; instance: string; subject: string | null; role: string | null; action: string; target: string; reason: string | null; outcome: AuditOutcome; detail: string | null; trace_id: string | null };
export type AuditOutcome = "done" | "accepted" | "refused" | "failed";
export type AuditPage = { entries: AuditEntry[]; next_before: number | null };
export type Breaker = { instance: string; name: string; state: BreakerState; generation: number; calls: number; failed: number; slow: number; in_flight: number; opens_for_ms: number | null; next_probe_at: string | null; history: BreakerChange[] };
export type BreakerChange = { at: string; from: BreakerState; to: BreakerState; why: string };
export type BreakerState = "closed" | "open" | "half_open";
export type CancelOrder = { reason: string | null };
export type Configuration = { values: Setting[] };
export type Conservation = { accepted: number; pending: number; dispatched: number; manual_dispatch: number; delivered: number; cancelled: number; pruned: number; holds: boolean };
export type DeadLetter = { id: string; event_id: string; topic: string; order_id: string | null; error: string; fingerprint: string; payload: string | null; payload_bytes: number; headers: Record<string, string>; attempts: number; first_seen: string; last_seen: string; state: DeadLetterState; discard_reason: string | null };
export type DeadLetterAction = "replay" | "discard" | "restore";
export type DeadLetterFilter = { ids: string[] | null; fingerprint: string | null; topic: string | null; order_id: string | null };
export type DeadLetterGroup = { fingerprint: string; error: string; topic: string; count: number; first_seen: string; last_seen: string; per_minute: number[] };
export type DeadLetterOperation = { action: DeadLetterAction; set: string | null; filter: DeadLetterFilter | null; dry_run: boolean | null; expected: number | null; rate: number | null; reason: string | null };
export type DeadLetterOperationResult = OperationResult & { sample: DeadLetter[] };
export type DeadLetterPayload = { payload: string; headers: Record<string, string> };
export type DeadLetterState = "parked" | "replayed" | "discarded";
export type DeliverOrder = Record<string, any>;
export type DiscardDeadLetterBody = { reason: string };
export type DispatchOrder = { driver_id: string | null };
export type Driver = { id: string; name: string; status: DriverStatus; position: Position | null; order_id: string | null; assignable: boolean; unassignable_reason: UnassignableReason | null };
export type DriverPage = { drivers: Driver[]; next_after: string | null };
export type DriverRef = { id: string; name: string | null };
export type DriverStatus = "available" | "offline";
export type DriverUnassignable = { driver_id: string; unassignable_reason: UnassignableReason };
export type FieldError = { field: string; detail: string };
export type Health = { status: string };
export type Instance = { id: string; boot: string; state: InstanceState; last_seen: string; phase: InstancePhase; here: boolean; mode: string; roles: string[]; version: string; pid: number; started_at: string; advertise_url: string | null; holds: InstanceHoldings; rates: InstanceRates; breakers: InstanceBreaker[]; clock: InstanceClock | null };
export type InstanceBreaker = { name: string; state: string };
export type InstanceClock = { set: boolean; skew_ms: number; jumps: number };
export type InstanceCommand = { reason: string | null };
export type InstanceCommandSent = { id: string; phase: InstancePhase };
export type InstanceHoldings = { leases: number; outbox_claims: number; deliveries: number; aggregates: number };
export type InstancePhase = "running" | "draining" | "drained" | "stopping" | "stopped";
export type InstanceRates = { accepted_per_second: number; dispatched_per_second: number };
export type InstanceState = "live" | "stale" | "gone" | "stopped" | "unknown";
export type Item = { product_id: string; product_name: string; quantity: Quantity; unit: string | null; unit_price: Amount | null; discount: Amount; total_price: Amount };
export type ItemInput = { product_id: string; product_name: string; quantity: QuantityInput; unit: string | null; unit_price: UnitPriceInput | null; discount: AmountInput | null; total_price: AmountInput | null };
export type LaneStage = "accepted" | "committed" | "published" | "consumed" | "leased" | "searched" | "claimed" | "decided" | "acked";
export type LineError = { line: number; errors: FieldError[] };
export type ManualReason = "no_driver" | "fleet_unavailable" | "dead_lettered";
export type NewOrder = { id: string | null; order_number: string | null; customer_id: string | null; currency: string | null; price: AmountInput | null; discount: AmountInput | null; shipping: AmountInput | null; fee: AmountInput | null; tip: AmountInput | null; tax: AmountInput | null; tax_included: boolean | null; final_price: AmountInput | null; items: ItemInput[] | null; shipping_address: AddressInput | null; billing_address: AddressInput | null; pickup: PointInput | null; dropoff: PointInput | null };
export type NewSession = { token: string; name: string | null };
export type Objective = { name: string; target: number; attained: number | null; window_ms: number; budget_left: number };
export type Operation = { id: string; kind: OperationKind; state: OperationState; matched: number; done: number; skipped: number; failed: number; rate: number | null; subject: string | null; reason: string | null; errors: OperationError[]; created_at: string; started_at: string | null; ended_at: string | null };
export type OperationError = { target: string; detail: string };
export type OperationKind = "dead_letters.replay" | "dead_letters.discard" | "dead_letters.restore" | "orders.cancel" | "orders.dispatch";
export type OperationResult = { matched: number; done: number; skipped: number; failed: number; under_way: boolean; dry_run: boolean; operation: string | null; set: string | null };
export type OperationState = "frozen" | "running" | "stopped" | "done" | "failed";
export type OperationUndo = { reason: string | null };
export type Order = { id: string; order_number: string | null; customer_id: string | null; currency: string; price: Amount; tax: Amount; final_price: Amount; discount: Amount; shipping: Amount; fee: Amount; tip: Amount; tax_included: boolean; items: Item[]; shipping_address: Address | null; billing_address: Address | null; pickup: Point | null; dropoff: Point | null; status: OrderStatus; version: number; driver: DriverRef | null; driver_silent_since: string | null; manual_reason: ManualReason | null; cancel_reason: string | null; created_at: string; updated_at: string };
export type OrderAction = "cancel" | "dispatch";
export type OrderCounts = { pending: number; dispatched: number; manual_dispatch: number; delivered: number; cancelled: number };
export type OrderEvent = { event_id: string; version: number; event: OrderEventName; status: OrderStatus; at: string; cause: string; attempt: number; driver: DriverRef | null; distance_m: number | null; reason: string | null; trace_id: string | null };
export type OrderEventName = "created" | "dispatched" | "manual_dispatch" | "cancelled" | "delivered";
export type OrderFilter = { status: OrderStatus | null; manual_reason: ManualReason | null; customer_id: string | null; driver_id: string | null; created_after: string | null; created_before: string | null };
export type OrderLane = { stage: LaneStage; instance: string | null; attempt: number; started_at: string; ended_at: string | null; detail: string | null };
export type OrderLanes = { trace_id: string | null; trace_url: string | null; lanes: OrderLane[]; duplicates: SuppressedDuplicate[]; search: OrderSearch | null; complete: boolean };
export type OrderOperation = { action: OrderAction; set: string | null; ids: string[] | null; filter: OrderFilter | null; dry_run: boolean | null; expected: number | null; rate: number | null; reason: string | null };
export type OrderOperationResult = OperationResult & { sample: Order[] };
export type OrderPage = { orders: Order[]; next_cursor: string | null };
export type OrderSearch = { at: string; radius_m: number; candidates: SearchCandidate[] };
export type OrderStatus = "PENDING" | "DISPATCHED" | "MANUAL_DISPATCH" | "DELIVERED" | "CANCELLED";
export type Outbox = { pending: number; postponed: number; oldest_due_ms: number | null; limit: number };
export type OutboxBacklog = Outbox & { topics: OutboxTopic[] };
export type OutboxMessage = { id: number; event_id: string; topic: string; order_id: string; version: number; state: OutboxMessageState; created_at: string; due_at: string | null; waits_for: string | null; attempts: number; last_error: string | null; leased_by: string | null; leased_until: string | null; bytes: number };
export type OutboxMessagePage = { messages: OutboxMessage[]; next_after: number | null };
export type OutboxMessageRevealed = OutboxMessage & { payload: string; headers: Record<string, string> };
export type OutboxMessageState = "due" | "postponed" | "leased" | "published";
export type OutboxTopic = { topic: string; pending: number; oldest_due_ms: number | null };
export type Overview = { orders: OrderCounts; conservation: Conservation; outbox: Outbox; dead_letters: number; drivers_claimed: number; accepted_per_second: number; dispatched_per_second: number; uptime_ms: number };
export type Pipeline = { stages: PipelineStage[]; slo: Objective[]; attention: Attention[] };
export type PipelineStage = { stage: PipelineStageName; state: PipelineStageState; note: string | null; per_second: number; p50_ms: number | null; p99_ms: number | null; depth: number | null; capacity: number | null; oldest_ms: number | null; series: number[] };
export type PipelineStageName = "intake" | "outbox" | "broker" | "consumers" | "guard" | "breaker" | "fleet" | "orders";
export type PipelineStageState = "ok" | "degraded" | "down";
export type Point = { lat: number; lng: number };
export type PointInput = { lat: number; lng: number };
export type Position = { lat: number; lng: number; heading: number | null; at: string; heard_at: string };
export type PositionLine = { driver_id: string; lat: number; lng: number; heading: any; at: any };
export type PositionReport = { lat: number; lng: number; heading: any; at: any };
export type PositionTaken = { assignable: boolean; unassignable_reason: UnassignableReason | null; moved: boolean; ignored: FieldError[] };
export type PositionsReported = { accepted: number; unknown: number; unknown_drivers: string[]; rejected: number; errors: LineError[]; incomplete: number; late: number; ignored: LineError[]; unassignable: PositionsUnassignable; unassignable_drivers: DriverUnassignable[] };
export type PositionsUnassignable = { offline: number; has_order: number; no_position: number; silent: number };
export type Problem = { type: string; title: string; status: number; detail: string; instance: string; trace_id: string; errors: FieldError[] };
export type PutDriver = { name: string; status: DriverStatus };
export type Quantity = number;
export type QuantityInput = number | string;
export type ReplayDeadLetterBody = Record<string, any>;
export type Role = "viewer" | "operator" | "chaos";
export type SearchCandidate = { driver_id: string; name: string; distance_m: number; chosen: boolean; why: string };
export type Session = { mode: string; instance: AnsweringInstance; required: boolean; subject: string | null; role: Role | null; csrf: string | null; expires_at: string | null };
export type Setting = { name: string; key: string; value: string | null; default: string | null; source: SettingSource; said_by: string | null; secret: boolean; about: string };
export type SettingSource = "default" | "file" | "dot_env" | "environment" | "flag";
export type StreamEvent = { id: string | null; event: string; data: string };
export type SuppressedDuplicate = { at: string; event_id: string; instance: string; why: string };
export type UnassignableReason = "offline" | "has_order" | "no_position" | "silent";
export type UnitPriceInput = number | string;

/** What GET answers, by the path below `/api/v1`; `any` of a path that is not known as it is written. */
export type Answer<P extends string> = string extends P ? any
  : P extends "/dead-letters/groups" ? DeadLetterGroup[]
  : P extends "/outbox/messages" ? OutboxMessagePage
  : P extends "/configuration" ? Configuration
  : P extends "/dead-letters" ? DeadLetter[]
  : P extends "/aggregates" ? Aggregate[]
  : P extends "/operations" ? Operation[]
  : P extends "/instances" ? Instance[]
  : P extends "/breakers" ? Breaker[]
  : P extends "/overview" ? Overview
  : P extends "/pipeline" ? Pipeline
  : P extends "/drivers" ? DriverPage
  : P extends "/session" ? Session
  : P extends "/actors" ? Actor[]
  : P extends "/orders" ? OrderPage
  : P extends "/outbox" ? OutboxBacklog
  : P extends "/audit" ? AuditPage
  : P extends `/outbox/messages/${string}/${string}` ? any
  : P extends `/outbox/messages/${string}` ? OutboxMessageRevealed
  : P extends `/orders/number/${string}/${string}` ? any
  : P extends `/orders/number/${string}` ? Order
  : P extends `/dead-letters/${string}/payload` ? DeadLetterPayload
  : P extends `/actors/${string}/effects` ? ActorEffects
  : P extends `/actors/${string}/history` ? ActorHistory
  : P extends `/orders/${string}/events` ? OrderEvent[]
  : P extends `/orders/${string}/lanes` ? OrderLanes
  : P extends `/dead-letters/${string}/${string}` ? any
  : P extends `/dead-letters/${string}` ? DeadLetter
  : P extends `/operations/${string}/${string}` ? any
  : P extends `/operations/${string}` ? Operation
  : P extends `/instances/${string}/${string}` ? any
  : P extends `/instances/${string}` ? Instance
  : P extends `/drivers/${string}/${string}` ? any
  : P extends `/drivers/${string}` ? Driver
  : P extends `/actors/${string}` ? Actor
  : P extends `/orders/${string}/${string}` ? any
  : P extends `/orders/${string}` ? Order
  : any;
