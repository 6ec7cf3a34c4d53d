import { describe, expect, it } from 'vitest';
import type { Target } from '../target/target.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import type { Visit } from './visit.ts';

const OPTIONS = { mostRequests: 100, mostBodyBytes: 1_000, mostAtWork: 10, isShared: () => true };
const admissionOf = (options: Partial<AdmissionOptions> = {}) => new Admission({ ...OPTIONS, ...options });
/** Only told from others. */
const env = () => ({}) as Target;

/** As the server does: a place in all, then one among those of the env; who gets none leaves at once. */
function request(admission: Admission, target: Target): Visit | undefined {
  if (!admission.enter()) return undefined;
  try {
    return admission.admit(target);
  } catch {
    admission.leave(undefined);
    return undefined;
  }
}

function flood(admission: Admission, target: Target): readonly Visit[] {
  return Array.from({ length: 500 }, () => request(admission, target)).filter((visit) => visit !== undefined);
}

describe('places', () => {
  it('all are for the only env that there is', () => {
    expect(flood(admissionOf({ isShared: () => false }), env())).toHaveLength(100);
  });

  it('a flood of one env leaves a fifth for the others', () => {
    const admission = admissionOf();
    expect(flood(admission, env())).toHaveLength(80);
    expect(request(admission, env())).toBeDefined();
  });

  it('floods of some envs leave room for one more', () => {
    const admission = admissionOf();
    for (let n = 0; n < 2; n++) flood(admission, env());
    expect(request(admission, env())).toBeDefined();
  });

  it('are given back', () => {
    const admission = admissionOf();
    const target = env();
    for (const visit of flood(admission, target)) admission.leave(visit);
    expect(admission.requests).toBe(0);
    expect(flood(admission, target)).toHaveLength(80);
  });

  it('there is one for every env even where there are hardly any', () => {
    expect(request(admissionOf({ mostRequests: 1 }), env())).toBeDefined();
  });
});

describe('bytes of bodies', () => {
  it('are bounded, and those of one env leave room for the others', () => {
    const admission = admissionOf();
    const [flooded, calm] = [env(), env()];
    const held = flood(admission, flooded).filter((visit) => visit.holdBodyBytes(100));
    expect(held).toHaveLength(8);
    expect(request(admission, calm)?.holdBodyBytes(100)).toBe(true);
  });

  it('are given back, and none is held for who has left', () => {
    const admission = admissionOf();
    const target = env();
    const visit = request(admission, target);
    expect(visit?.holdBodyBytes(700)).toBe(true);
    admission.leave(visit);
    expect(visit?.holdBodyBytes(1)).toBe(false);
    expect(request(admission, target)?.holdBodyBytes(700)).toBe(true);
  });
});
