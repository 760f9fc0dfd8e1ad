export const methods = Object.freeze(['POST', 'GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const)
export type Method = (typeof methods)[number]
