/// What the simulation has to reach at all, for its silence to mean something.
enum Situation: String, CaseIterable {
    case killed, paused, cutOff, hardlyHeard, storeRestarted, sessionEnded, rebalanced, logLost, drained, clockSet
    case answerLost, effectAfterItsCallerGaveUp
    case judgedByLock, judgedByCounter
    case heardOfNoClaim, tokenRefusedAtDecide, tokenRefusedAtSettle
    case decidedRunTakenOver, movedByOneAndSettledByAnother, moverSuperseded
    case cancelledWhileExecuted, cancelledBeforeItsRequest, timedOut, setAside, executedAlone
    case deliveredTwice
    case workflowSucceeded, workflowFailed, workflowAdvancedByALook, stepSkipped
}
