import { type ClassValue, clsx } from 'clsx'

/** Class names, without those that are false. */
export const cx = (...parts: ClassValue[]): string => clsx(parts)
