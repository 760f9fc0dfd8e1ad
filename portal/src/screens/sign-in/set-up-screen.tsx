import { Link } from '@tanstack/react-router'
import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Loaded } from '../../ui/page.tsx'
import { SignInCard } from './card.tsx'
import { useEnter } from './enter.ts'
import { RegisterForm } from './register.tsx'

/** The first administrator, of a server that has none yet. */
export default function Screen() {
  const t = useTexts('signin')
  const { enter, back } = useEnter()
  const status = useRead('auth.status', undefined)
  const isDone = status.data?.setup === false
  return (
    <SignInCard title={t(isDone ? 'setUpDone' : 'setUpTitle')} lead={t(isDone ? 'setUpDoneLead' : 'setUpLead')}>
      <Loaded of={status} rows={5}>
        {({ setup }) =>
          setup ? (
            <RegisterForm action={t('setUp')} isFirst onDone={enter} />
          ) : (
            <Link
              to="/sign-in"
              search={(back === undefined ? {} : { back }) as never}
              className={`${buttonClass('primary')} w-full`}
            >
              {t('signIn')}
            </Link>
          )
        }
      </Loaded>
    </SignInCard>
  )
}
