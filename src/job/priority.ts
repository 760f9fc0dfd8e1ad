/** The five priorities, first to run first. They are stored as their position, so the order is the claim order. */
export const priorities = Object.freeze(['critical', 'high', 'medium', 'low', 'veryLow'] as const)

/** Inside a lane `critical` goes first, then `high`, `medium`, `low` and `veryLow`. */
export type Priority = (typeof priorities)[number]

export const priorityRank = (priority: Priority): number => priorities.indexOf(priority)

export const priorityOfRank = (rank: number): Priority => priorities[rank] ?? 'medium'
